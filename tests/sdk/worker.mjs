// Runs the published JavaScript SDK where it is installed: one call a line comes in as JSON, one answer a line goes out.

import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [home, server, port, keys, options] = process.argv.slice(2);
console.log = console.error; // the SDK prints
const { CompreFace } = await import(pathToFileURL(`${home}/node_modules/@exadel/compreface-js-sdk/index.js`));

const key = JSON.parse(keys);
const parts = { faces: "getFaceCollection", subjects: "getSubjects" };

// Anew for each call: the SDK's objects change their own address.
function target(service) {
  const compreface = new CompreFace(server, port, JSON.parse(options));
  const [name, part] = service.split(".");
  const made = {
    recognition: () => compreface.initFaceRecognitionService(key.recognition),
    detection: () => compreface.initFaceDetectionService(key.detection),
    verification: () => compreface.initFaceVerificationService(key.verification),
  }[name]();
  return part ? made[parts[part]]() : made;
}

for await (const line of createInterface({ input: process.stdin })) {
  const [service, method, args] = JSON.parse(line);
  let answer;
  try {
    const given = args.map((arg) => (arg?.bytes ? Buffer.from(arg.bytes, "base64") : arg));
    answer = { answer: await target(service)[method](...given) };
  } catch (error) {
    answer = error.response ? { status: error.response.status, answer: error.response.data } : { raised: String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

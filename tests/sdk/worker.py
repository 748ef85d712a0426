"""Runs the published Python SDK where it is installed: one call a line comes in as JSON, one answer a line goes out."""

import base64
import json
import sys

from compreface import CompreFace

domain, port, keys, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), json.loads(sys.argv[4])
server = CompreFace(domain, port, options)
services = {
    "recognition": server.init_face_recognition(keys["recognition"]),
    "detection": server.init_face_detection(keys["detection"]),
    "verification": server.init_face_verification(keys["verification"]),
}
parts = {"faces": "get_face_collection", "subjects": "get_subjects"}

for line in sys.stdin:
    service, method, arguments = json.loads(line)
    name, _, part = service.partition(".")
    target = getattr(services[name], parts[part])() if part else services[name]
    arguments = [base64.b64decode(a["bytes"]) if isinstance(a, dict) and "bytes" in a else a for a in arguments]
    try:
        answer = {"answer": getattr(target, method)(*arguments)}
    except BaseException as error:  # noqa: BLE001 - its own exceptions are no Exceptions, and a test wants to see them
        answer = {"raised": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)

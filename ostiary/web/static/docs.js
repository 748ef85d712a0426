// The API's page: Swagger UI over our own document. A session's requests carry its token against forgery.

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "none",
  validatorUrl: null, // would ask another machine
  requestInterceptor: async (request) => {
    if (request.method && request.method !== "GET" && !request.headers["x-api-key"] && !request.headers.Authorization) {
      const me = await fetch("/me").then((answer) => (answer.ok ? answer.json() : {}));
      if (me.csrf) request.headers["x-csrf-token"] = me.csrf;
    }
    return request;
  },
});

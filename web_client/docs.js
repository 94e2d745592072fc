// The page about the API: Swagger UI over this server's own description of itself.

/** @type {{ SwaggerUIBundle: (options: object) => unknown }} */ (/** @type {unknown} */ (window)).SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  displayRequestDuration: true,
  // A token that was typed in is gone with the page.
  persistAuthorization: false,
  // Else a picture is asked of another host that judges the description.
  validatorUrl: null,
});

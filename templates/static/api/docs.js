// The settings come as data: the site's policy runs no script from within a page.
const docs = document.getElementById("docs");

SwaggerUIBundle({
  ...JSON.parse(docs.dataset.settings),
  domNode: docs,
  presets: [SwaggerUIBundle.presets.apis],
});

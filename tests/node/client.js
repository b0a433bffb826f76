// An independent client: gRPC in pure JavaScript, messages read from proto/ at run time.
// Usage: node client.js ADDRESS SERVICE_CONFIG < {"draft": ..., "context": ...}; prints what came back as JSON.
"use strict";
const crypto = require("node:crypto");
const path = require("node:path");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const [address, serviceConfig] = process.argv.slice(2);
const options = {
  keepCase: true,
  enums: String,
  longs: String,
  defaults: true,
  oneofs: true,
  includeDirs: [path.join(__dirname, "..", "..", "proto")],
};
const definition = loader.loadSync("emh_report/v1/service.proto", options);
const { TemplateService, ReportService } = grpc.loadPackageDefinition(definition).emh_report.v1;
const channel = { "grpc.service_config": serviceConfig };
const templates = new TemplateService(address, grpc.credentials.createInsecure(), channel);
const reports = new ReportService(address, grpc.credentials.createInsecure(), channel);

const failure = (error) => ({
  code: grpc.status[error.code],
  message: error.details,
  status: (error.metadata?.get("grpc-status-details-bin") ?? []).map((value) => value.toString("base64"))[0],
});

function call(client, method, request, seconds = 20) {
  return new Promise((resolve) => {
    const deadline = new Date(Date.now() + seconds * 1000);
    client[method](request, { deadline }, (error, response) => resolve(error ? failure(error) : response));
  });
}

function stream(request) {
  return new Promise((resolve) => {
    const hash = crypto.createHash("sha256");
    const result = { chunks: 0 };
    const parts = reports.StreamExportReport(request, { deadline: new Date(Date.now() + 20_000) });
    parts.on("data", (part) => {
      hash.update(part.chunk);
      result.chunks += 1;
      result.content_length ||= Number(part.content_length);
      result.content_type ||= part.content_type;
    });
    parts.on("error", (error) => resolve(failure(error)));
    parts.on("end", () => resolve({ ...result, sha256: hash.digest("hex") }));
  });
}

async function allTemplates(size) {
  const ids = [];
  let token = "";
  do {
    const page = await call(templates, "ListTemplates", { page_size: size, page_token: token });
    ids.push(...page.templates.map((template) => template.id));
    token = page.next_page_token;
  } while (token);
  return ids;
}

async function main() {
  let text = "";
  for await (const part of process.stdin) text += part;
  const request = JSON.parse(text);
  const unsafe = structuredClone(request);
  unsafe.draft.template_id = "a\u202eb";
  const final = structuredClone(request);
  final.context.report.status = "REPORT_STATUS_FINAL";
  const results = {
    templates: await allTemplates(5),
    template: (await call(templates, "GetTemplate", { id: "emh-minimal" })).template.summary,
    verdict: (await call(reports, "ValidateReport", request)).verdict,
    narrative: (await call(reports, "RenderReport", { ...request, format: "NARRATIVE_FORMAT_TEXT" })).narrative,
    export: await stream({ ...request, format: "EXPORT_FORMAT_FHIR_R4_TRANSACTION" }),
    not_found: await call(templates, "GetTemplate", { id: "none" }),
    unsafe: await call(reports, "ValidateReport", unsafe),
    rejected: await call(reports, "ExportReport", { ...final, format: "EXPORT_FORMAT_TEXT" }),
    rejected_stream: await stream({ ...final, format: "EXPORT_FORMAT_TEXT" }),
    late: await call(reports, "ValidateReport", request, -1),
  };
  process.stdout.write(JSON.stringify(results));
  templates.close();
  reports.close();
}

main();

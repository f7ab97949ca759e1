// Turns docs/api/openapi.yaml into a page that people can read without any script.
//
//   node build.mjs OPENAPI.yaml OUT      writes OUT/index.html, OUT/docs.css and OUT/openapi.yaml
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

const METHODS = ["get", "post", "put", "patch", "delete"];
const [source, out] = process.argv.slice(2);
const api = parse(readFileSync(source, "utf8"));
const here = dirname(fileURLToPath(import.meta.url));

const escape = (text) =>
  String(text).replace(/[&<>"']/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[c]);

// The few marks that the descriptions use: paragraphs, **bold** and `code`.
const inline = (text) =>
  escape(text).replace(/`([^`]+)`/g, "<code>$1</code>").replace(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>");
const prose = (text = "") =>
  text.trim().split(/\n\s*\n/).filter(Boolean).map((each) => `<p>${inline(each)}</p>`).join("\n");

const resolve = (node) =>
  node?.$ref ? node.$ref.slice(2).split("/").reduce((at, key) => at[key], api) : node;
const nameOf = (node) => node?.$ref?.split("/").pop();

// A schema in one line: "text", "list of Webhook", "a | b".
function typeOf(schema) {
  if (!schema) return "anything";
  const name = nameOf(schema);
  if (name) return `<a href="#schema-${name}">${name}</a>`;
  if (schema.oneOf) return schema.oneOf.map(typeOf).join(" or ");
  if (schema.enum) return schema.enum.map((each) => `<code>${escape(each)}</code>`).join(" | ");
  const types = [schema.type ?? "anything"].flat();
  return types
    .map((type) => {
      if (type === "array") return `list of ${typeOf(schema.items)}`;
      if (type === "object" && schema.additionalProperties) return `object of ${typeOf(schema.additionalProperties)}`;
      return escape(schema.format ?? type);
    })
    .join(" or ");
}

// All members of an object schema, those of its parts included.
function members(schema) {
  const whole = resolve(schema);
  if (!whole) return [];
  if (whole.allOf) {
    const parts = whole.allOf.flatMap(members);
    const required = whole.allOf.flatMap((each) => resolve(each).required ?? []);
    const seen = new Map(parts.map((each) => [each.name, { ...each, required: required.includes(each.name) }]));
    return [...seen.values()];
  }
  return Object.entries(whole.properties ?? {}).map(([name, value]) => ({
    name, schema: value, required: (whole.required ?? []).includes(name),
  }));
}

function table(schema) {
  const rows = members(schema).map(({ name, schema: value, required }) => {
    const own = members(value);
    const inner = !nameOf(value) && own.length ? table(value) : "";
    return `<tr><th scope="row"><code>${escape(name)}</code>${required ? "" : " <small>optional</small>"}</th>
      <td>${typeOf(value)}${value.description ? ` – ${inline(value.description)}` : ""}${inner}</td></tr>`;
  });
  return rows.length ? `<table>${rows.join("\n")}</table>` : "";
}

function content(body) {
  return Object.entries(body?.content ?? {})
    .map(([type, { schema }]) => `<p class="type">${escape(type)}: ${typeOf(schema)}</p>${nameOf(schema) ? "" : table(schema)}`)
    .join("\n");
}

function operation(path, method, common) {
  const op = api.paths[path][method];
  const parameters = [...(common ?? []), ...(op.parameters ?? [])].map(resolve);
  const rows = parameters.map((each) => `<tr><th scope="row"><code>${escape(each.name)}</code> <small>${escape(each.in)}</small></th>
    <td>${typeOf(each.schema)} – ${inline(each.description ?? "")}</td></tr>`);
  const body = resolve(op.requestBody);
  const responses = Object.entries(op.responses).map(([status, each]) => {
    const response = resolve(each);
    return `<dt>${escape(status)}</dt><dd>${inline(response.description)}${content(response)}</dd>`;
  });
  return `<article id="${escape(op.operationId)}">
    <h3><span class="method ${method}">${method.toUpperCase()}</span> <code>${escape(api.servers[0].url + path)}</code></h3>
    <p>${inline(op.summary)}${op.security?.length === 0 ? " <small>(no login needed)</small>" : ""}</p>
    ${prose(op.description)}
    ${rows.length ? `<h4>Parameters</h4><table>${rows.join("\n")}</table>` : ""}
    ${body ? `<h4>Body</h4>${content(body)}` : ""}
    <h4>Replies</h4><dl>${responses.join("\n")}</dl>
  </article>`;
}

const operations = Object.entries(api.paths).flatMap(([path, item]) =>
  METHODS.filter((method) => item[method]).map((method) => ({ path, method, item, op: item[method] })));
const sections = api.tags.map((tag) => ({ ...tag, operations: operations.filter(({ op }) => op.tags.includes(tag.name)) }));

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(api.info.title)}</title>
<link rel="stylesheet" href="/docs/docs.css">
</head>
<body>
<nav aria-label="Operations">
<p><strong>${escape(api.info.title)}</strong> ${escape(api.info.version)}<br><a href="/api/v1/openapi.yaml">openapi.yaml</a></p>
${sections.map((tag) => `<h2>${escape(tag.name)}</h2><ul>${tag.operations.map(({ op, method }) =>
  `<li><a href="#${escape(op.operationId)}">${escape(op.summary)}</a> <small>${method.toUpperCase()}</small></li>`).join("\n")}</ul>`).join("\n")}
<h2>Schemas</h2><ul>${Object.keys(api.components.schemas).map((name) => `<li><a href="#schema-${name}">${name}</a></li>`).join("\n")}</ul>
</nav>
<main>
<h1>${escape(api.info.title)}</h1>
${prose(api.info.description)}
${sections.map((tag) => `<section><h2>${escape(tag.name)}</h2>${prose(tag.description)}
${tag.operations.map(({ path, method, item }) => operation(path, method, item.parameters)).join("\n")}</section>`).join("\n")}
<section><h2>Schemas</h2>
${Object.entries(api.components.schemas).map(([name, schema]) =>
  `<article id="schema-${name}"><h3>${name}</h3>${prose(schema.description)}${table(schema) || `<p>${typeOf(schema)}</p>`}</article>`).join("\n")}
</section>
</main>
</body>
</html>
`;

mkdirSync(out, { recursive: true });
writeFileSync(join(out, "index.html"), page);
copyFileSync(join(here, "docs.css"), join(out, "docs.css"));
copyFileSync(source, join(out, "openapi.yaml"));

import { z } from "zod";

import type { FieldMeta } from "./fields.js";
import { metaOf, unwrapped } from "./schema-fields.js";
import { configSchema, layerSchema } from "./schema.js";

/** JSON Schema (2020-12) of a configuration file, for editors that check TOML. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(layerSchema, {
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      // zod leaves the default of a converted value out, and what it has of ours beside it is no JSON Schema.
      const meta = metaOf(zodSchema);
      if (meta?.default !== undefined) jsonSchema.default = meta.default;
      delete jsonSchema["expected"];
      delete jsonSchema["example"];
    },
  });
  return { ...schema, title: "gotap's configuration" };
}

/** The text of docs/configuration.md. */
export function configurationDocs(): string {
  const top: Row[] = [];
  const sections: string[] = [];
  for (const [name, wrapped] of Object.entries(configSchema.shape)) {
    const inner = unwrapped(wrapped);
    const meta = metaOf(inner);
    if (meta !== undefined && name !== "resolve")
      top.push(row([name], meta, true));
    else if (inner instanceof z.ZodObject)
      sections.push(section(`[${name}]`, inner, name));
    else if (inner instanceof z.ZodArray)
      sections.push(section(`[[${name}]]`, unwrapped(inner.element)));
    else if (meta !== undefined)
      sections.push(
        `## \`[${name}]\`\n\n${meta.description} Each value is ${meta.expected}.\n`,
      );
  }
  return `${INTRODUCTION}\n## Top level\n\n${table(top)}\n${sections.join("\n")}`;
}

const INTRODUCTION = `# Configuration

This page is made from the schema in \`src/config/schema.ts\`; \`gotap config --schema\` prints the same as JSON Schema.

A value is taken from the first place that has it, field by field:

1. a flag (\`--listen\`)
2. a variable \`GOTAP_SECTION_KEY\` (\`GOTAP_TIMEOUTS_FIRST_BYTE=1m\`)
3. the file of \`--config\`, or of \`GOTAP_CONFIG\`
4. \`./gotap.toml\`: of this one \`[timeouts]\` and \`[retry]\` alone, since it may come with a cloned repository; all of it after
   \`gotap config trust\`, until its bytes change (or those of a root certificate that it names)
5. \`$XDG_CONFIG_HOME/gotap/config.toml\`
6. the default

\`gotap config\` shows each value and where it came from, \`gotap config --effective --for URL\` what holds for one request and which
rule says so. An unknown key or a wrong value stops gotap with the file, line and column. Durations are a number with \`ms\`, \`s\`, \`m\`, \`h\` or \`d\`, or \`0\`; sizes a number with \`B\`, \`kB\`, \`MB\`, \`GB\`,
\`KiB\`, \`MiB\` or \`GiB\`.

\`GOTAP_HOME\` moves all of gotap's own folders; \`GOTAP_CONFIG\` names a file; \`GOTAP_SSLKEYLOGFILE\` names a key log. They are no
settings.

A daemon and a \`gotap run\` read their files again when one of them changes or appears, the daemon also on SIGHUP. What is under way
goes on as it began, and the next request goes by the new rules. A file that is wrong is named with line and column, and the rules
from before hold. \`listen\`, \`[store]\`, \`[tls]\` and \`[export]\` count from the next start.

\`docs/examples/\` has whole files.
`;

type Row = [key: string, value: string, builtIn: string, meaning: string];

function section(title: string, schema: z.ZodType, name?: string): string {
  const { description } = schema.meta() ?? {};
  const rows = schema instanceof z.ZodObject ? rowsOf(schema, [], name) : [];
  return `## \`${title}\`\n\n${description ?? ""}\n\n${table(rows)}`;
}

function rowsOf(schema: z.ZodObject, above: string[], name?: string): Row[] {
  return Object.entries(schema.shape).flatMap(([key, wrapped]): Row[] => {
    const inner = unwrapped(wrapped);
    const meta = metaOf(inner);
    if (meta !== undefined)
      return [row([...above, key], meta, name !== undefined)];
    return [
      [
        `\`${[...above, key].join(".")}.*\``,
        `as in \`[${key}]\``,
        "",
        "For the requests of this rule alone.",
      ],
    ];
  });
}

/** @param hasDefault false in lists of tables, whose keys are absent until they are written */
function row(path: string[], meta: FieldMeta, hasDefault: boolean): Row {
  const key = `\`${path.join(".")}\``;
  return hasDefault && meta.default !== undefined
    ? [
        key,
        meta.expected,
        `\`${JSON.stringify(meta.default)}\``,
        meta.description,
      ]
    : [key, `${meta.expected}, e.g. \`${meta.example}\``, "", meta.description];
}

function table(rows: readonly Row[]): string {
  const lines: Row[] = [
    ["key", "value", "default", "meaning"],
    ["---", "---", "---", "---"],
    ...rows,
  ];
  return lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

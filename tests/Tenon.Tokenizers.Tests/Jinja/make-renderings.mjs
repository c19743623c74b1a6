// Renders the templates beside this file with the package @huggingface/jinja and writes renderings.json:
//   npm install @huggingface/jinja && node make-renderings.mjs
// Its parser knows no {% generation %}; the tag changes no text and is taken out first.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { Template } from "@huggingface/jinja";

const Now = Date;
globalThis.Date = class extends Now { constructor() { super(2024, 6, 26, 9, 5, 3); } };
const here = new URL(".", import.meta.url);
const conversations = JSON.parse(readFileSync(new URL("conversations.json", here)));
const tools = [{ type: "function", function: { name: "weather", description: "Weather & more", parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } } }];
const renderings = [];
for (const file of readdirSync(new URL("templates/", here)).sort()) {
  const source = readFileSync(new URL(`templates/${file}`, here), "utf8").replace(/\{%-? (end)?generation %\}/g, "{%- if true %}{%- endif %}");
  const template = new Template(source);
  for (const [index, { templates, ...conversation }] of conversations.entries()) {
    if (templates && !templates.includes(file)) continue;
    for (const settings of [{ add_generation_prompt: true }, { add_generation_prompt: false, tools }, { add_generation_prompt: true, enable_thinking: false }]) {
      const variables = { tools: null, bos_token: "<s>", eos_token: "</s>", ...conversation, ...settings };
      let result;
      try {
        result = { text: template.render(variables) };
      } catch (error) {
        result = { error: true };
      }
      renderings.push({ template: file, conversation: index, settings, ...result });
    }
  }
}
writeFileSync(new URL("renderings.json", here), JSON.stringify(renderings, null, 1) + "\n");

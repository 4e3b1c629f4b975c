// docs/topology.md: the diagrams of the three stacks, as they are committed. A test holds the file against the
// program, so that it never shows what is not deployed.

import { topologyOfStack } from "./draw.ts";
import { mermaid } from "./mermaid.ts";

export const documentFile = new URL("../../docs/topology.md", import.meta.url);

const stacks = [
  ["global", "What both regions need: nothing in it depends on either."],
  ["prod", "The region that leads when it is made."],
  ["dr", "The region that follows: the same program, linked to prod."],
] as const;

const preface = `# What is deployed

One diagram a stack, drawn from the resources that its program makes by the committed configuration. A box is a component with what it
holds most of; an arrow goes from a component to what it is told about. Written by \`npm run docs:topology\`; a test refuses a
stale file. For other configurations: \`./castle diagram --stack infra/examples/seed-001.yaml\`. [deploy.md](deploy.md) says how to
deploy it.
`;

export async function topologyDocument(): Promise<string> {
  const parts = [preface];
  for (const [stack, meaning] of stacks) {
    const drawing = mermaid(await topologyOfStack(stack));
    parts.push(`## ${stack}\n\n${meaning}\n\n\`\`\`mermaid\n${drawing}\`\`\`\n`);
  }
  return parts.join("\n");
}

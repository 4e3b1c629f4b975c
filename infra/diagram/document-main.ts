// `npm run docs:topology`.

import { writeFileSync } from "node:fs";
import { documentFile, topologyDocument } from "./document.ts";

writeFileSync(documentFile, await topologyDocument());

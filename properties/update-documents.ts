/** `npm run docs:update`: fills in the code and the output that the documents show. Says which have changed. */
import { readFileSync } from 'node:fs';
import { writeFileAtomically } from '../framework/cli/files.js';
import { DOCUMENTS, fillIn } from './documents.js';

for (const path of DOCUMENTS) {
  const before = readFileSync(path, 'utf8');
  const after = await fillIn(before);
  if (after !== before) writeFileAtomically(path, after);
  console.log(`${path}: ${after === before ? 'up to date' : 'updated'}`);
}

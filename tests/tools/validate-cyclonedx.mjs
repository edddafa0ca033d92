// Reads a CycloneDX bill from standard input; exits with 1 and the errors when the official schema refuses it.
import { readFileSync } from 'node:fs';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';

const errors = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(readFileSync(0, 'utf8'));
if (errors !== null) {
  console.error(JSON.stringify(errors, null, 1));
  process.exit(1);
}

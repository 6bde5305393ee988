// Reads a JSON list of [expression, context] from the standard input and writes the list of values.
// A value that is no JSON (an infinity, a range) is null; an expression that feelin refuses is {"refused": message}.
import { readFileSync } from 'node:fs';
import { evaluate } from 'feelin';

const values = JSON.parse(readFileSync(0, 'utf-8')).map(([expression, context]) => {
  try {
    return evaluate(expression, context).value ?? null;
  } catch (problem) {
    return { refused: String(problem.message ?? problem) };
  }
});
process.stdout.write(JSON.stringify(values));

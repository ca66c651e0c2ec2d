// How does the benchmark talk to an engine written in JavaScript? As in protocol.py: a JSON line in, a JSON line out.
import { createInterface } from 'node:readline';

export async function serve(questions) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { do: question, ...asked } = JSON.parse(line);
    process.stdout.write(JSON.stringify(await questions[question](asked)) + '\n');
  }
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const seconds = () => performance.now() / 1000;

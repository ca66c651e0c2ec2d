// How fast is feelin? It has no public way to compile once: `evaluate` parses each time.
import { evaluate } from 'feelin';
import { seconds, serve } from './protocol.mjs';

function feel({ text, context, times }) {
  let value;
  const began = seconds();
  for (let time = 0; time < times; time++) value = evaluate(text, context).value;
  return { seconds: (seconds() - began) / times, value };
}

await serve({ feel });

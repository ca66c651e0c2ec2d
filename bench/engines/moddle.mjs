// How fast does bpmn-io's bpmn-moddle (the parser behind bpmn-js) read a file?
import { readFileSync } from 'node:fs';
import { BpmnModdle } from 'bpmn-moddle';
import { seconds, serve } from './protocol.mjs';

async function read({ file }) {
  const source = readFileSync(file, 'utf8');
  const moddle = new BpmnModdle();
  const began = seconds();
  const { elementsById } = await moddle.fromXML(source);
  return { seconds: seconds() - began, elements: Object.keys(elementsById).length };
}

await serve({ read });

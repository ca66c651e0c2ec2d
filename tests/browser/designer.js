// What does a designer's modeler do with our templates? bpmn-js with Camunda's own element templates, driven from a test.
import BpmnModeler from 'bpmn-js/lib/Modeler';
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ZeebePropertiesProviderModule } from 'bpmn-js-properties-panel';
import { CloudElementTemplatesPropertiesProviderModule } from 'bpmn-js-element-templates';
import ZeebeBehaviorsModule from 'camunda-bpmn-js-behaviors/lib/camunda-cloud';
import zeebe from 'zeebe-bpmn-moddle/resources/zeebe.json';

let modeler;

const get = (name) => modeler.get(name);
const shape = (id) => get('elementRegistry').get(id);

window.openModeler = async (xml, templates) => {
  modeler = new BpmnModeler({
    container: '#canvas',
    propertiesPanel: { parent: '#panel' },
    moddleExtensions: { zeebe },
    additionalModules: [
      BpmnPropertiesPanelModule,
      BpmnPropertiesProviderModule,
      ZeebePropertiesProviderModule,
      CloudElementTemplatesPropertiesProviderModule,
      ZeebeBehaviorsModule,
    ],
  });
  const errors = [];
  modeler.on('elementTemplates.errors', (event) => errors.push(...event.errors.map((error) => error.message)));
  get('elementTemplatesLoader').setTemplates(templates);
  const { warnings } = await modeler.importXML(xml);
  return [...errors, ...warnings.map((warning) => warning.message)];
};

// Where a field of a template is written, and what it is to say there.
const places = (element, { binding }) => {
  const { extensionElements, eventDefinitions = [] } = element.businessObject;
  const held = (type) => (extensionElements ? extensionElements.values : []).find((each) => each.$type === type);
  const [, name] = binding.type.split(':');
  switch (binding.type) {
    case 'zeebe:input':
      return [held('zeebe:IoMapping').inputParameters.find((each) => each.target === binding.name), 'source'];
    case 'zeebe:output':
      return [held('zeebe:IoMapping').outputParameters.find((each) => each.source === binding.source), 'target'];
    case 'zeebe:taskHeader':
      return [held('zeebe:TaskHeaders').values.find((each) => each.key === binding.key), 'value'];
    case 'zeebe:property':
      return [held('zeebe:Properties').properties.find((each) => each.name === binding.name), 'value'];
    case 'bpmn:TimerEventDefinition#property':
      return [eventDefinitions[0][binding.name], 'body'];
    default:
      return [held(`zeebe:${name[0].toUpperCase()}${name.slice(1)}`), binding.property];
  }
};

// What is left out while it is empty: the modeler adds it when something is typed.
const ADDED = {
  'zeebe:taskHeader': ['zeebe:TaskHeaders', 'values', 'zeebe:Header', 'key'],
  'zeebe:property': ['zeebe:Properties', 'properties', 'zeebe:Property', 'name'],
};
const add = (element, { binding }, value) => {
  const [holding, list, type, key] = ADDED[binding.type];
  const holder = element.businessObject.extensionElements.values.find((each) => each.$type === holding);
  const made = get('bpmnFactory').create(type, { [key]: binding[key], value });
  made.$parent = holder;
  get('modeling').updateModdleProperties(element, holder, { [list]: [...holder[list], made] });
};

// What typing into a field of the properties panel does.
const fill = (id, template, label, value) => {
  const element = shape(id);
  const field = template.properties.find((each) => each.label === label);
  const [written, name] = places(element, field);
  if (written) get('modeling').updateModdleProperties(element, written, { [name]: value });
  else add(element, field, value);
};

const renamed = (element, id) => get('modeling').updateProperties(element, { id });

window.place = ({ id, type, name, x, y, on, timer, template, values = {} }) => {
  const modeling = get('modeling');
  const attributes = { type, ...(timer ? { eventDefinitionType: 'bpmn:TimerEventDefinition' } : {}) };
  const made = get('elementFactory').createShape(attributes);
  const parent = on ? shape(on) : get('canvas').getRootElement();
  const placed = modeling.createShape(made, { x, y }, parent, on ? { attach: true } : {});
  renamed(placed, id);
  if (name) modeling.updateProperties(shape(id), { name });
  if (template) apply(id, template, values);
};

const apply = (id, templateId, values) => {
  const templates = get('elementTemplates');
  const template = templates.getAll().find((each) => each.id === templateId);
  const unknown = Object.keys(values).filter((label) => !template.properties.some((each) => each.label === label));
  if (unknown.length) throw new Error(`${templateId} has no field ${unknown}`);
  const applied = templates.applyTemplate(shape(id), template);
  if (applied.id !== id) renamed(applied, id);
  Object.entries(values).forEach(([label, value]) => fill(id, template, label, value));
};

window.connect = ({ from, to, id, when, name, otherwise, bend }) => {
  const modeling = get('modeling');
  const flow = modeling.connect(shape(from), shape(to));
  renamed(flow, id || `${from}_to_${to}`);
  if (name) modeling.updateProperties(flow, { name });
  if (when) modeling.updateProperties(flow, { conditionExpression: get('bpmnFactory').create('bpmn:FormalExpression', { body: when }) });
  if (otherwise) modeling.updateProperties(shape(from), { default: flow.businessObject });
  if (bend) modeling.updateWaypoints(flow, bend);
};

window.setProperties = (id, properties) => get('modeling').updateProperties(shape(id), properties);

// Extension elements that no template is about: what the designer fills into the usual groups of the panel.
window.extend = (id, entries) => {
  const element = shape(id);
  const { businessObject } = element;
  const factory = get('bpmnFactory');
  const values = entries.map(([type, attributes]) => factory.create(type, attributes));
  const extensionElements = factory.create('bpmn:ExtensionElements', { values });
  extensionElements.$parent = businessObject;
  for (const value of values) value.$parent = extensionElements;
  get('modeling').updateProperties(element, { extensionElements });
};

window.moveLabel = (id, x, y) => {
  const { label } = shape(id);
  get('modeling').moveShape(label, { x: x - label.x - label.width / 2, y: y - label.y - label.height / 2 });
};

window.select = (id) => {
  get('selection').select(id ? shape(id) : []);
  get('contextPad').close(); // it would lie over the picture
};
// Everything in view, beside the palette.
window.fit = () => {
  const canvas = get('canvas');
  const { x, y, width, height } = canvas.viewbox().inner;
  const margin = Math.max(150, width * 0.13);
  canvas.viewbox({ x: x - margin, y: y - 40, width: Math.max(width + margin + 40, 900), height: height + 80 });
};
window.linked = (id) => {
  const template = get('elementTemplates').get(shape(id));
  return template ? template.id : null;
};
window.saveXML = async () => (await modeler.saveXML({ format: true })).xml;

// What the properties panel shows in red beside the fields of an element.
window.complaints = async (id) => {
  select(id);
  await new Promise((done) => setTimeout(done, 300));
  return [...document.querySelectorAll('.bio-properties-panel-error')].map((each) => each.textContent);
};

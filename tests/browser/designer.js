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

// The template with what the designer fills in, by label: the same command as typing it into the properties panel.
const filled = (template, values) => ({
  ...template,
  properties: template.properties.map((property) =>
    property.label in values ? { ...property, value: values[property.label] } : property),
});

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
  const applied = templates.applyTemplate(shape(id), filled(template, values));
  if (applied.id !== id) renamed(applied, id);
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

window.select = (id) => get('selection').select(id ? shape(id) : []);
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

"""What does each BPMN element do? One module per element; `registry` lists them."""

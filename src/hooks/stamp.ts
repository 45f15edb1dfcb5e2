/**
 * Base of classes that put a private field on an object of somebody else: as fast as a property, gone with the object,
 * and invisible to the program however it inspects it. A constructor that returns an object makes it the `this` of the
 * class that extends it, and private fields go on whatever `this` is (ECMA-262, ClassDefinitionEvaluation).
 */
function StampedObject(target: object): object {
  return target;
}

export const Stamp = StampedObject as unknown as new (target: object) => object;

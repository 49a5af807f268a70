/**
 * What an image is built for: `cpu`, `gpu`, AWS `graviton` (arm64), `neuron` (Inferentia, ml.inf1) or `neuronx`
 * (Inferentia2 and Trainium).
 */
export type Processor = 'cpu' | 'gpu' | 'graviton' | 'neuron' | 'neuronx';

/** The processor of an instance type such as `ml.m5.xlarge`, or undefined when no image is built for it. */
export function processorOf(instanceType: string): Processor | undefined {
  const [, family, generation, attributes] = /^ml\.([a-z]+)(\d+)([a-z0-9-]*)\.[a-z0-9-]+$/.exec(instanceType) ?? [];
  switch (family) {
    case undefined:
    case 'dl':
      return undefined;
    case 'g':
    case 'gr':
    case 'p':
      return 'gpu';
    case 'inf':
      return generation === '1' ? 'neuron' : 'neuronx';
    case 'trn':
      return 'neuronx';
    default:
      // c7g, m6gd, r8g: the letter after the generation names the processor's maker.
      return attributes?.startsWith('g') ? 'graviton' : 'cpu';
  }
}

import { expect, test } from 'vitest';
import { chooseDriver, chooseDrivers, type DriverChoice } from './named-drivers.ts';

const choice: DriverChoice = {
  option: '[ml2] type_drivers',
  available: ['local', 'own'],
  neutron: { local: 'neutron.plugins.ml2.drivers.type_local.LocalTypeDriver', geneve: 'neutron.plugins.ml2.drivers.type_geneve.GeneveTypeDriver' },
};

test('what there is is chosen by short name or class, in the order given', () => {
  expect(chooseDrivers(['own', 'neutron.plugins.ml2.drivers.type_local.LocalTypeDriver', 'neutron.plugins.ml2.drivers.type_local:LocalTypeDriver'], choice)).toEqual({
    names: ['own', 'local', 'local'], warnings: [],
  });
});

test('what Neutron has and we have not is one warning, and left out', () => {
  expect(chooseDrivers(['geneve', 'local'], choice)).toEqual({ names: ['local'], warnings: ['[ml2] type_drivers: geneve is not available yet; it is left out'] });
});

test('what nobody knows stops the start, with what was probably meant', () => {
  expect(() => chooseDrivers(['genve'], choice)).toThrow('[ml2] type_drivers: there is no "genve"; did you mean geneve?; there are local, own');
  expect(() => chooseDriver('x.y.Z', choice)).toThrow('[ml2] type_drivers: there is no "x.y.Z"; there are local, own');
});

test('where there must be one, what is not available stops the start', () => {
  expect(chooseDriver('neutron.plugins.ml2.drivers.type_local.LocalTypeDriver', choice)).toBe('local');
  expect(() => chooseDriver('geneve', choice)).toThrow('[ml2] type_drivers: geneve is not available; use local or own');
});

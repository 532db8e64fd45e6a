/** What Nova runs instances with: qemu, or nothing at all. */
export const virtualKinds = {
  libvirt: { computeDriver: 'libvirt.LibvirtDriver', isReal: true },
  fake: { computeDriver: 'fake.FakeDriver', isReal: false },
} as const;

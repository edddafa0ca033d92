namespace LayerBuild.Formats.Elf;

public class ElfReaderTests
{
    [Fact]
    public void Reads_what_the_dynamic_section_says()
    {
        ElfFile elf = Read(new ElfBuilder
        {
            Machine = ElfBuilder.Arm64,
            Interpreter = "/lib/ld-linux-aarch64.so.1",
            Soname = "libx.so.1",
            Needed = ["libc.so.6", "libz.so.1"],
            RPath = "$ORIGIN/../x.libs",
            RunPath = "$ORIGIN",
            Versions = [("libc.so.6", "GLIBC_2.17", false), ("libc.so.6", "GLIBC_2.28", true), ("libz.so.1", "ZLIB_1.2.9", false)],
            Relr = true,
        }.Build())!;

        Assert.Null(elf.Damage);
        Assert.Equal(ElfBuilder.Arm64, elf.Machine);
        Assert.Equal("/lib/ld-linux-aarch64.so.1", elf.Interpreter);
        Assert.Equal("libx.so.1", elf.Soname);
        Assert.Equal(["libc.so.6", "libz.so.1"], elf.Needed);
        Assert.Equal("$ORIGIN/../x.libs", elf.RPath);
        Assert.Equal("$ORIGIN", elf.RunPath);
        Assert.Equal(
            [new("libc.so.6", "GLIBC_2.17", false), new("libc.so.6", "GLIBC_2.28", true), new ElfVersionNeed("libz.so.1", "ZLIB_1.2.9", false)],
            elf.VersionNeeds);
        Assert.True(elf.HasRelr);
    }

    [Theory]
    [InlineData(1, 1, 3)]
    [InlineData(1, 2, 40)]
    [InlineData(2, 2, 22)]
    public void Reads_machine_and_class_of_any_elf_file(byte elfClass, byte data, ushort machine)
    {
        ElfFile elf = Read(new ElfBuilder { Class = elfClass, Data = data, Machine = machine }.Build())!;

        Assert.Equal(elfClass == 2, elf.Is64Bit);
        Assert.Equal(data == 1, elf.IsLittleEndian);
        Assert.Equal(machine, elf.Machine);
        Assert.Equal(ElfType.Shared, elf.Type);
    }

    [Fact]
    public void A_file_that_was_cut_off_is_damaged()
    {
        byte[] whole = ElfBuilder.Library(ElfBuilder.X64, "GLIBC_2.2.5");

        Assert.Null(Read(whole)!.Damage);
        Assert.NotNull(Read(whole[..^8])!.Damage);
        Assert.NotNull(Read(whole[..100])!.Damage);
        Assert.NotNull(Read(whole[..20])!.Damage);
    }

    [Fact]
    public void Other_files_are_no_elf_files()
    {
        Assert.Null(Read([]));
        Assert.Null(Read("#!/bin/sh"u8.ToArray()));
    }

    [Fact]
    public void States_the_level_of_x86_64()
    {
        Assert.Equal(0, Read(new ElfBuilder().Build())!.X86Level);
        Assert.Equal(4, Read(new ElfBuilder { X86Level = 4 }.Build())!.X86Level);
    }

    private static ElfFile? Read(byte[] bytes)
    {
        using var file = new ForwardBytes(new MemoryStream(bytes), bytes.Length);
        return ElfReader.Read(file);
    }
}

using LayerBuild.Diagnostics;
using LayerBuild.Formats.Elf;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

/// <summary>What compilers really make, for both architectures and both C libraries.</summary>
public sealed class CompiledFileTests : IDisposable
{
    private const string X64Compiler = "x86_64-linux-gnu-gcc";
    private const string Arm64Compiler = "aarch64-linux-gnu-gcc";
    private const string MuslCompiler = "musl-gcc";

    private const string Library = """
        #include <stdlib.h>
        #include <string.h>
        void *answer(const char *text) { return memcpy(malloc(strlen(text) + 1), text, strlen(text) + 1); }
        """;

    private const string Program = "#include <stdio.h>\nint main(void) { puts(\"hello\"); return 0; }\n";

    private readonly TemporaryDirectory _folder = new("compiled");

    public void Dispose() => _folder.Dispose();

    [RequiresProgramFact(X64Compiler)]
    public void A_library_for_x86_64_is_read_as_the_linker_wrote_it()
    {
        byte[] bytes = Compile(X64Compiler, Library, "-shared", "-fPIC", "-Wl,-soname,libanswer.so.1", "-Wl,-rpath,$ORIGIN/../x.libs", "-Wl,--disable-new-dtags", "-lm", "-Wl,--no-as-needed", "-ldl");
        ElfFile elf = Read(bytes);

        Assert.Null(elf.Damage);
        Assert.Equal(("libanswer.so.1", "$ORIGIN/../x.libs", null), (elf.Soname, elf.RPath, elf.RunPath));
        Assert.Contains("libc.so.6", elf.Needed);
        Assert.Contains(elf.VersionNeeds, v => v.Library == "libc.so.6" && v.Version.StartsWith("GLIBC_2.", StringComparison.Ordinal));
        Assert.Empty(new TestLayer("python3.12").Add("lib/libanswer.so.1", bytes).Verify());
        Assert.Equal("LB3001", Assert.Single(new TestLayer("python3.12", "arm64").Add("lib/libanswer.so.1", bytes).Verify()).Code);
    }

    [RequiresProgramFact(Arm64Compiler)]
    public void A_library_for_arm64_is_told_apart()
    {
        byte[] bytes = Compile(Arm64Compiler, Library, "-shared", "-fPIC");

        Assert.Empty(new TestLayer("python3.12", "arm64").Add("lib/libanswer.so", bytes).Verify());
        Assert.Equal("LB3001", Assert.Single(new TestLayer("python3.12").Add("lib/libanswer.so", bytes).Verify()).Code);
        Assert.Empty(new TestLayer("provided.al2023", "arm64").Add("bootstrap", Compile(Arm64Compiler, Program), EntryKind.Executable).Verify(
            // Debian's glibc is newer than Lambda's, and a program's start depends on it.
            "LB3002"));
    }

    [RequiresProgramFact(MuslCompiler)]
    public void Programs_and_libraries_of_musl_are_refused()
    {
        Assert.Contains("musl", Assert.Single(new TestLayer("provided.al2023").Add("lib/libanswer.so", Compile(MuslCompiler, Library, "-shared", "-fPIC")).Verify()).Message);
        Diagnostic program = Assert.Single(new TestLayer("provided.al2023").Add("bootstrap", Compile(MuslCompiler, Program), EntryKind.Executable).Verify());
        Assert.Equal("LB3003", program.Code);
        Assert.Contains("/lib/ld-musl-x86_64.so.1", program.Message);
    }

    [RequiresProgramFact(MuslCompiler)]
    public void A_static_program_runs_anywhere() =>
        Assert.Empty(new TestLayer("provided.al2").Add("bootstrap", Compile(MuslCompiler, Program, "-static"), EntryKind.Executable).Verify());

    [RequiresProgramFact(X64Compiler)]
    public void A_symbol_version_of_a_newer_glibc_is_found()
    {
        byte[] bytes = Compile(X64Compiler, "#define _GNU_SOURCE\n#include <unistd.h>\n#include <sys/random.h>\n#include <pthread.h>\nint f(void) { pthread_t t; return pthread_create(&t, 0, 0, 0); }\n", "-shared", "-fPIC");

        Diagnostic found = Assert.Single(new TestLayer("python3.11").Add("lib/libnew.so", bytes).Verify());
        Assert.Equal(("LB3002", Severity.Error), (found.Code, found.Severity));
        Assert.Contains("GLIBC_2.34", found.Message);
        Assert.Empty(new TestLayer("python3.12").Add("lib/libnew.so", bytes).Verify());
    }

    [RequiresProgramFact(X64Compiler)]
    public void Mutated_files_are_read_without_harm()
    {
        byte[] original = Compile(X64Compiler, Library, "-shared", "-fPIC", "-Wl,-rpath,$ORIGIN");
        Fuzz(original, new Random(1), 4000);
        Fuzz(ElfBuilder.Library(ElfBuilder.Arm64, "GLIBC_2.17", "GLIBC_2.28"), new Random(2), 4000);
    }

    /// <summary>Headers and tables are where it hurts: most mutations go there.</summary>
    private static void Fuzz(byte[] original, Random random, int rounds)
    {
        for (int round = 0; round < rounds; round++)
        {
            byte[] bytes = original[..(random.Next(8) == 0 ? random.Next(4, original.Length) : original.Length)];
            for (int i = random.Next(1, 12); i > 0; i--)
            {
                int at = random.Next(3) == 0 ? random.Next(bytes.Length) : random.Next(Math.Min(bytes.Length, 1024));
                if (random.Next(4) == 0 && at + 8 <= bytes.Length)
                {
                    BitConverter.TryWriteBytes(bytes.AsSpan(at), random.Next(2) == 0 ? random.NextInt64() : random.NextInt64(-16, 16));
                }
                else
                {
                    bytes[at] = (byte)random.Next(256);
                }
            }

            using var seekable = new ForwardBytes(new MemoryStream(bytes, writable: false), bytes.Length);
            ElfFile? first = ElfReader.Read(seekable);
            using var forward = new ForwardBytes(new BoundedStream(bytes), bytes.Length);
            ElfFile? second = ElfReader.Read(forward);
            Assert.Equal(first?.Damage, second?.Damage);
            Assert.Equal(first?.Needed ?? [], second?.Needed ?? []);
            Assert.Equal(first?.VersionNeeds ?? [], second?.VersionNeeds ?? []);
        }
    }

    private byte[] Compile(string compiler, string source, params string[] arguments)
    {
        string file = _folder.Write("source.c", source);
        string output = _folder["output"];
        (int exitCode, string words) = Programs.Run(Programs.Find(compiler)!, _folder.Path, [], ["-o", output, file, .. arguments]);
        Assert.True(exitCode == 0, words);
        return File.ReadAllBytes(output);
    }

    private static ElfFile Read(byte[] bytes)
    {
        using var file = new ForwardBytes(new MemoryStream(bytes), bytes.Length);
        return ElfReader.Read(file)!;
    }

    /// <summary>Cannot seek, and fails a test that reads on behind the end.</summary>
    private sealed class BoundedStream(byte[] bytes) : Stream
    {
        private int _position;
        private bool _ended;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            Assert.False(_ended);
            int read = Math.Min(count, bytes.Length - _position);
            bytes.AsSpan(_position, read).CopyTo(buffer.AsSpan(offset));
            _position += read;
            _ended = read == 0;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

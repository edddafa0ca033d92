using System.Buffers.Binary;

namespace LayerBuild.Steps.Verify;

/// <summary>What a file is by its first bytes; names prove nothing (<c>libx.so.1.2</c>, <c>.node</c>, no extension at all).</summary>
internal enum FileFormat
{
    Other,
    Elf,

    /// <summary>macOS.</summary>
    MachO,

    /// <summary>Windows: .dll, .exe, .pyd.</summary>
    WindowsNative,

    /// <summary>A .NET assembly: a Windows file by its format, but it runs everywhere.</summary>
    DotNetAssembly,
    JavaClass,

    /// <summary><c>ar</c>: input of a linker; never loaded.</summary>
    StaticLibrary,

    /// <summary>Begins with <c>#!</c>.</summary>
    Script,
    Zip,

    /// <summary>What Git LFS leaves in a checkout without LFS.</summary>
    GitLfsPointer,
}

internal static class FileFormats
{
    /// <summary>Bytes that <see cref="Detect"/> wants to see, if the file has them.</summary>
    public const int HeadSize = 1024;

    /// <summary>A first guess from as few as 8 bytes: whether it is worth reading more.</summary>
    public static FileFormat DetectByHead(ReadOnlySpan<byte> head) =>
        head.StartsWith("MZ"u8) ? FileFormat.WindowsNative
        : head.StartsWith("version "u8) ? FileFormat.GitLfsPointer
        : Detect(head);

    public static FileFormat Detect(ReadOnlySpan<byte> head)
    {
        if (head.Length < 2)
        {
            return FileFormat.Other;
        }

        if (head.StartsWith("#!"u8))
        {
            return FileFormat.Script;
        }

        if (head.StartsWith("MZ"u8))
        {
            return DetectWindows(head);
        }

        if (head.Length < 4)
        {
            return FileFormat.Other;
        }

        return BinaryPrimitives.ReadUInt32BigEndian(head) switch
        {
            0x7f454c46 => FileFormat.Elf,
            0xcffaedfe or 0xcefaedfe or 0xfeedface or 0xfeedfacf => FileFormat.MachO,
            // A universal binary counts its parts where a class file has its version, which began at 45.
            0xcafebabe when head.Length >= 8 && BinaryPrimitives.ReadUInt32BigEndian(head[4..]) < 45 => FileFormat.MachO,
            0xcafebabe => FileFormat.JavaClass,
            0x504b0304 => FileFormat.Zip,
            _ when head.StartsWith("!<arch>\n"u8) => FileFormat.StaticLibrary,
            _ when head.StartsWith("version https://git-lfs"u8) => FileFormat.GitLfsPointer,
            _ => FileFormat.Other,
        };
    }

    /// <summary>PE: a managed assembly has a CLR header, the fifteenth data directory.</summary>
    private static FileFormat DetectWindows(ReadOnlySpan<byte> head)
    {
        if (head.Length < 0x40)
        {
            return FileFormat.Other;
        }

        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(head[0x3c..]);
        if (offset > (uint)head.Length - 26 || !head[(int)offset..].StartsWith("PE\0\0"u8))
        {
            return FileFormat.WindowsNative;
        }

        ReadOnlySpan<byte> optional = head[((int)offset + 4)..];

        optional = optional[20..];
        int directories = BinaryPrimitives.ReadUInt16LittleEndian(optional) == 0x20b ? 112 : 96;
        int clr = directories + (14 * 8);
        return optional.Length >= clr + 4 && BinaryPrimitives.ReadUInt32LittleEndian(optional[clr..]) != 0
            ? FileFormat.DotNetAssembly
            : FileFormat.WindowsNative;
    }
}

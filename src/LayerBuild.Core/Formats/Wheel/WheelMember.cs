
namespace LayerBuild.Formats.Wheel;

/// <summary>Where a wheel says that a file of it belongs (binary distribution format).</summary>
internal enum WheelPlace : byte
{
    /// <summary>Beside the other modules: the wheel's root, and .data/purelib and .data/platlib.</summary>
    Root,

    /// <summary>.data/scripts.</summary>
    Scripts,

    /// <summary>.data/data: relative to the environment's prefix.</summary>
    Data,
}

/// <summary>What is to be known of a file of a wheel without reading it.</summary>
[Flags]
internal enum WheelMemberTraits : byte
{
    None = 0,

    /// <summary>A regular file with an x bit.</summary>
    Executable = 1,

    /// <summary>Begins with <c>#!python</c>: the installer puts the interpreter's path there.</summary>
    PythonScript = 2,

    /// <summary>An <c>__init__.py</c> that only declares a namespace, or nothing at all.</summary>
    NamespaceInit = 4,

    /// <summary>A <see cref="NamespaceInit"/> that lets other folders take part in the package.</summary>
    ExtendsPath = 8,

    /// <summary>Somebody looked into it (<see cref="IWheelObserver"/>).</summary>
    Observed = 16,

    /// <summary>What was found in it is remembered elsewhere.</summary>
    Notable = 32,
}

/// <summary>A file of a wheel whose bytes were checked: CRC-32, sizes, and the hash of its RECORD.</summary>
/// <param name="Place">What <paramref name="Path"/> is relative to.</param>
/// <param name="Path">Valid as a <see cref="Collect.ZipPath"/>.</param>
/// <param name="Deflated">Else stored.</param>
/// <param name="Crc32">Of the inflated bytes.</param>
/// <param name="Size">Inflated bytes.</param>
/// <param name="CompressedSize">Bytes in the wheel.</param>
/// <param name="DataOffset">Where they begin in the wheel.</param>
/// <param name="Sha256">Of the inflated bytes: 32 bytes.</param>
/// <param name="Head">The first inflated bytes, at most 8: enough to know an ELF file.</param>
internal sealed record WheelMember(
    WheelPlace Place,
    string Path,
    WheelMemberTraits Traits,
    bool Deflated,
    uint Crc32,
    long Size,
    long CompressedSize,
    long DataOffset,
    ReadOnlyMemory<byte> Sha256,
    ReadOnlyMemory<byte> Head)
{
    public bool Has(WheelMemberTraits trait) => (Traits & trait) != 0;
}

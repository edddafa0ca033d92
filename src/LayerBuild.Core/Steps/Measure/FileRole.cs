using LayerBuild.Formats.Licenses;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Measure;

/// <summary>What a file of a layer is for: how the report colours it.</summary>
internal enum FileRole
{
    /// <summary>ELF libraries, extension modules, programs.</summary>
    Native,

    /// <summary>Python source.</summary>
    Python,

    /// <summary>Source in another language.</summary>
    Script,

    /// <summary>Python's, Java's or .NET's compiled code.</summary>
    Bytecode,

    /// <summary>Distribution metadata, licences, type stubs.</summary>
    Metadata,

    /// <summary>Everything else.</summary>
    Data,
}

internal static class FileRoles
{
    /// <summary>Mostly by name; a program without a suffix is looked at.</summary>
    public static FileRole Of(LayerEntry entry)
    {
        string path = entry.Path.Value;
        ReadOnlySpan<char> name = entry.Path.FileNameSpan;
        if (path.Contains("-info/", StringComparison.Ordinal)
            && (path.Contains(".dist-info/", StringComparison.Ordinal) || path.Contains(".egg-info/", StringComparison.Ordinal)))
        {
            return FileRole.Metadata;
        }

        ReadOnlySpan<char> suffix = Path.GetExtension(name);
        if (suffix is ".py")
        {
            return FileRole.Python;
        }

        if (LicenseFileName.IsMatch(name))
        {
            return FileRole.Metadata;
        }

        if (name.Contains(".so.", StringComparison.Ordinal))
        {
            return FileRole.Native;
        }

        return suffix.ToString().ToLowerInvariant() switch
        {
            ".so" or ".node" or ".a" or ".dylib" => FileRole.Native,
            ".pth" => FileRole.Python,
            ".js" or ".mjs" or ".cjs" or ".ts" or ".rb" or ".sh" => FileRole.Script,
            ".pyc" or ".pyo" or ".jar" or ".class" or ".dll" => FileRole.Bytecode,
            ".pyi" or ".pxd" or ".h" or ".map" => FileRole.Metadata,
            _ when name is "py.typed" => FileRole.Metadata,
            _ when entry.Kind == EntryKind.Executable => OfProgram(entry.Content),
            _ => FileRole.Data,
        };
    }

    private static FileRole OfProgram(EntryContent content)
    {
        if (content.Size < 4)
        {
            return FileRole.Data;
        }

        using Stream stream = content.Open();
        Span<byte> magic = stackalloc byte[4];
        int read = stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        return read < 4 ? FileRole.Data
            : magic.SequenceEqual("\u007FELF"u8) ? FileRole.Native
            : magic.StartsWith("#!"u8) ? FileRole.Script
            : FileRole.Data;
    }
}

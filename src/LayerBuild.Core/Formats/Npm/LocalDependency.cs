namespace LayerBuild.Formats.Npm;

/// <summary>Dependencies that name a folder or a tarball: <c>file:../shared</c>, <c>../shared</c>, <c>./vendor/a-1.0.0.tgz</c>.</summary>
internal static class LocalDependency
{
    /// <summary>What npm takes for a path of the machine.</summary>
    public static bool IsLocal(string range) => PathOf(range) is not null;

    /// <summary>The path, as written; null when the dependency is none.</summary>
    public static string? PathOf(string range)
    {
        if (range.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            string path = range["file:".Length..];
            // file:///abs and file://rel are old spellings.
            return path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path;
        }

        bool isPath = range.StartsWith("./", StringComparison.Ordinal)
            || range.StartsWith("../", StringComparison.Ordinal)
            || range.StartsWith("~/", StringComparison.Ordinal)
            || range.StartsWith('/')
            || range is "." or ".."
            || (range.Length > 2 && char.IsAsciiLetter(range[0]) && range[1] == ':' && range[2] is '/' or '\\');
        return isPath ? range : null;
    }

    /// <summary>Whether a path means another thing on another machine.</summary>
    public static bool IsOfOneMachine(string path) => path.StartsWith('~') || path.StartsWith('/') || path.StartsWith('\\') || (path.Length > 1 && path[1] == ':');
}

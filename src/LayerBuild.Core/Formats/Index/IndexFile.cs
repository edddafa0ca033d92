namespace LayerBuild.Formats.Index;

/// <summary>A file that a page of an index lists.</summary>
/// <param name="Name">File name: never a path.</param>
/// <param name="Location">URL as the page has it, absolute or relative to the page, without fragment.</param>
internal sealed record IndexFile(string Name, string Location)
{
    /// <summary>Lower-case hex; null when the page does not say.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Bytes; null when the page does not say.</summary>
    public long? Size { get; init; }

    /// <summary>Versions of Python, as PEP 440 specifiers; null for all.</summary>
    public string? RequiresPython { get; init; }

    /// <summary>Why it was withdrawn (PEP 592), which may be empty; null when it was not. Who pins it exactly may still take it.</summary>
    public string? Yanked { get; init; }

    /// <summary>Whether a text is the name of a file that may be written to a folder, on every system.</summary>
    public static bool IsName(string text) =>
        text.Length is > 0 and <= 255 && text[0] != '.' && text.All(c => c is > ' ' and < '\x7f' and not ('/' or '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|'));

    /// <summary>A SHA-256 as it is compared; null when the text is none.</summary>
    public static string? HashIn(string? text) => text is { Length: 64 } && text.All(char.IsAsciiHexDigit) ? text.ToLowerInvariant() : null;
}

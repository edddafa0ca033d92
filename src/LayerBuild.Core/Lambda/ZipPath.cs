using System.Buffers;

namespace LayerBuild.Lambda;

/// <summary>
/// A path inside a layer: relative to /opt, forward slashes, no empty, <c>.</c> or <c>..</c> part.
/// Compared and sorted ordinally.
/// </summary>
internal readonly record struct ZipPath : IComparable<ZipPath>
{
    /// <summary>Backslashes and control characters.</summary>
    private static readonly SearchValues<char> Forbidden = SearchValues.Create(
        ['\\', .. Enumerable.Range(0, 0xa0).Select(c => (char)c).Where(char.IsControl)]);

    private ZipPath(string value) => Value = value;

    public string Value { get; }

    /// <summary>The part behind the last slash.</summary>
    public string FileName => FileNameSpan.ToString();

    /// <summary>The same. System.IO.Path would end at a colon, too, on Windows.</summary>
    public ReadOnlySpan<char> FileNameSpan => Value.AsSpan(Value.LastIndexOf('/') + 1);

    /// <summary>
    /// Takes <paramref name="text"/> as a path of a layer. Backslashes, drive letters, control characters, absolute
    /// paths and paths that climb are refused; a leading <c>./</c> and doubled slashes are folded.
    /// </summary>
    public static bool TryParse(string? text, out ZipPath path)
    {
        path = default;
        if (string.IsNullOrEmpty(text) || text[0] == '/' || text[^1] == '/' || (text.Length > 1 && text[1] == ':') || text.AsSpan().ContainsAny(Forbidden))
        {
            return false;
        }

        // Most paths have nothing that would have to be looked at part by part.
        if (text[0] == '.' || text.Contains("/.", StringComparison.Ordinal) || text.Contains("//", StringComparison.Ordinal))
        {
            string[] parts = text.Split('/');
            if (parts.Contains(".."))
            {
                return false;
            }

            text = string.Join('/', parts.Where(p => p is not ("" or ".")));
            if (text.Length == 0)
            {
                return false;
            }
        }

        path = new ZipPath(text);
        return true;
    }

    public static ZipPath Parse(string text) =>
        TryParse(text, out ZipPath path) ? path : throw new FormatException($"'{text}' is not a path inside a layer.");

    /// <summary>Whether this path lies in the folder <paramref name="folder"/> (with or without a trailing slash).</summary>
    public bool IsUnder(string folder) => folder.Length > 0 && (folder[^1] == '/'
        ? Value.StartsWith(folder, StringComparison.Ordinal)
        : Value.Length > folder.Length && Value[folder.Length] == '/' && Value.StartsWith(folder, StringComparison.Ordinal));

    public int CompareTo(ZipPath other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;

    public static bool operator <(ZipPath left, ZipPath right) => left.CompareTo(right) < 0;

    public static bool operator >(ZipPath left, ZipPath right) => left.CompareTo(right) > 0;

    public static bool operator <=(ZipPath left, ZipPath right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ZipPath left, ZipPath right) => left.CompareTo(right) >= 0;
}

using System.Text.RegularExpressions;

namespace LayerBuild.Testing;

/// <summary>A page of docs/ or a README, as tests hold it to the code.</summary>
/// <param name="path">Relative to the repository.</param>
internal sealed partial class Document(string path)
{
    private readonly string _text = File.ReadAllText(Path.Combine(RepositoryRoot.Path, path));

    /// <summary>Whether it has an anchor: that of a heading, as GitHub makes it.</summary>
    public bool HasAnchor(string anchor) => Heading().Matches(_text).Any(m => Slug(m.Groups[1].Value) == anchor);

    public bool Names(string word) => Regex.IsMatch(_text, $@"\b{Regex.Escape(word)}\b");

    /// <summary>Rows of the table under a heading: the names in the first cell, and the second cell.</summary>
    public IEnumerable<(string Name, string Second)> Table(string heading) =>
        from row in Section(heading).Split('\n')
        where row.StartsWith("| `", StringComparison.Ordinal)
        let cells = row.Split('|')
        from Match name in Code().Matches(cells[1])
        select (name.Groups[1].Value, cells[2].Trim());

    private string Section(string heading)
    {
        Match found = Heading().Matches(_text).Single(m => m.Groups[1].Value == heading);
        int start = found.Index + found.Length;
        Match next = Heading().Match(_text, start);
        return _text[start..(next.Success ? next.Index : _text.Length)];
    }

    private static string Slug(string heading) =>
        string.Concat(heading.ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-')).Replace(' ', '-');

    [GeneratedRegex("^#+ (.+?)\\s*$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}

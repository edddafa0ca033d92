using System.Net;

namespace LayerBuild.Formats.Index;

/// <summary>
/// Reads a page in HTML (PEP 503): its links, and what their attributes say. Not a parser of HTML: each character is looked
/// at once, whatever the page holds.
/// </summary>
internal static class IndexHtml
{
    /// <returns>The files, and what <c>base</c> says that relative links start from.</returns>
    public static (IReadOnlyList<IndexFile> Files, string? Base) Parse(string page)
    {
        var files = new List<IndexFile>();
        string? start = null;
        for (int at = 0; (at = page.IndexOf('<', at)) >= 0;)
        {
            if (string.CompareOrdinal(page, at, "<!--", 0, 4) == 0)
            {
                int end = page.IndexOf("-->", at + 4, StringComparison.Ordinal);
                at = end < 0 ? page.Length : end + 3;
                continue;
            }

            at++;
            int name = at;
            while (at < page.Length && char.IsAsciiLetterOrDigit(page[at]))
            {
                at++;
            }

            bool link = Is(page, name, at, "a");
            if (link || Is(page, name, at, "base"))
            {
                Tag tag = ReadAttributes(page, ref at);
                if (link)
                {
                    AddFile(files, tag);
                }
                else
                {
                    start ??= tag.Href;
                }
            }
        }

        return (files, start);
    }

    private static void AddFile(List<IndexFile> files, Tag tag)
    {
        if (tag.Href is not { } href)
        {
            return;
        }

        int hash = href.IndexOf('#', StringComparison.Ordinal);
        string location = hash < 0 ? href : href[..hash];
        int query = location.IndexOf('?', StringComparison.Ordinal);
        string path = query < 0 ? location : location[..query];
        string name = Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..]);
        if (IndexFile.IsName(name))
        {
            files.Add(new IndexFile(name, location)
            {
                Sha256 = hash < 0 ? null : Sha256In(href.AsSpan(hash + 1)),
                RequiresPython = tag.RequiresPython,
                Yanked = tag.Yanked,
            });
        }
    }

    /// <summary>Of a fragment: <c>sha256=…</c>, perhaps among others.</summary>
    private static string? Sha256In(ReadOnlySpan<char> fragment)
    {
        const string Key = "sha256=";
        foreach (Range part in fragment.Split('&'))
        {
            ReadOnlySpan<char> text = fragment[part];
            if (text.StartsWith(Key, StringComparison.Ordinal))
            {
                return IndexFile.HashIn(text[Key.Length..].ToString());
            }
        }

        return null;
    }

    /// <summary>From behind the name of a tag to behind its end.</summary>
    private static Tag ReadAttributes(string page, ref int at)
    {
        var tag = new Tag();
        while (at < page.Length && page[at] != '>')
        {
            if (char.IsWhiteSpace(page[at]) || page[at] == '/')
            {
                at++;
                continue;
            }

            int name = at;
            while (at < page.Length && page[at] is not ('=' or '>' or '/') && !char.IsWhiteSpace(page[at]))
            {
                at++;
            }

            int nameEnd = at;
            at = SkipSpace(page, at);
            string value = "";
            if (at < page.Length && page[at] == '=')
            {
                // An equals sign where a name should be is a name that is empty.
                at = SkipSpace(page, at + 1);
                value = ReadValue(page, ref at);
            }

            if (Is(page, name, nameEnd, "href"))
            {
                tag.Href ??= WebUtility.HtmlDecode(value).Trim();
            }
            else if (Is(page, name, nameEnd, "data-requires-python"))
            {
                tag.RequiresPython ??= WebUtility.HtmlDecode(value);
            }
            else if (Is(page, name, nameEnd, "data-yanked"))
            {
                tag.Yanked ??= WebUtility.HtmlDecode(value);
            }
        }

        at = Math.Min(at + 1, page.Length);
        return tag;
    }

    private static string ReadValue(string page, ref int at)
    {
        int start = at;
        if (at < page.Length && page[at] is '"' or '\'')
        {
            char quote = page[at];
            int end = page.IndexOf(quote, at + 1);
            end = end < 0 ? page.Length : end;
            at = Math.Min(end + 1, page.Length);
            return page[(start + 1)..end];
        }

        while (at < page.Length && page[at] != '>' && !char.IsWhiteSpace(page[at]))
        {
            at++;
        }

        return page[start..at];
    }

    private static int SkipSpace(string page, int at)
    {
        while (at < page.Length && char.IsWhiteSpace(page[at]))
        {
            at++;
        }

        return at;
    }

    private static bool Is(string page, int start, int end, string word) =>
        end - start == word.Length && string.Compare(page, start, word, 0, word.Length, StringComparison.OrdinalIgnoreCase) == 0;

    private sealed class Tag
    {
        public string? Href { get; set; }

        public string? RequiresPython { get; set; }

        public string? Yanked { get; set; }
    }
}

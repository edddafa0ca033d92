namespace LayerBuild.Formats.Locks;

/// <summary>The place of a repository as uv writes it: <c>https://host/repo.git?rev=v1&amp;subdirectory=lib#commit</c>.</summary>
internal static class GitSource
{
    public static PackageSource Parse(string text)
    {
        string place = text.StartsWith("git+", StringComparison.Ordinal) ? text[4..] : text;
        int hash = place.IndexOf('#', StringComparison.Ordinal);
        string? commit = hash < 0 ? null : place[(hash + 1)..];
        place = hash < 0 ? place : place[..hash];
        int question = place.IndexOf('?', StringComparison.Ordinal);
        var source = new PackageSource(SourceKind.Git, question < 0 ? place : place[..question]) { Commit = commit };
        foreach (string part in question < 0 ? [] : place[(question + 1)..].Split('&'))
        {
            string[] pair = part.Split('=', 2);
            string value = pair.Length > 1 ? Uri.UnescapeDataString(pair[1]) : "";
            source = pair[0] switch
            {
                "rev" or "tag" or "branch" => source with { Reference = value },
                "subdirectory" => source with { Subdirectory = value },
                _ => source,
            };
        }

        return source;
    }
}

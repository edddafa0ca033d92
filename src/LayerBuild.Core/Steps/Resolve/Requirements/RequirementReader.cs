using System.Text.RegularExpressions;
using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Formats.Python;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve.Requirements;

/// <summary>
/// Reads what a layer requires into one flat list: nested files and constraints, continued lines, comments, paths
/// relative to the file that names them (pip takes those relative to its current directory). pip reads the result.
/// </summary>
internal sealed class RequirementReader
{
    private readonly List<RequirementLine> _lines = [];
    private readonly RequirementVariables _variables;
    private readonly RequirementParser _parser;

    private RequirementReader(RequirementVariables variables)
    {
        _variables = variables;
        _parser = new RequirementParser(variables);
    }

    /// <param name="variable">Environment variables, for <c>${NAME}</c> in paths.</param>
    /// <exception cref="DiagnosticException">LB2008 for an editable requirement, LB2012 for a line that is no requirement or a file that is not there.</exception>
    public static IReadOnlyList<RequirementLine> Read(LayerDeclaration layer, Func<string, string?> variable)
    {
        var reader = new RequirementReader(new RequirementVariables(variable));
        foreach (string file in layer.RequirementFiles)
        {
            reader.AddFile(file, constraint: false, namedBy: null, []);
        }

        var inLine = new RequirementPlace(layer.ProjectDirectory, null, 0, IsConstraint: false, []);
        foreach (string text in Rejoin(layer.Packages))
        {
            reader.AddLine(text, inLine);
        }

        return reader._lines;
    }

    /// <summary>MSBuild splits at semicolons: puts a marker back behind its requirement.</summary>
    private static IEnumerable<string> Rejoin(IEnumerable<string> packages)
    {
        string? open = null;
        foreach (string part in packages.Select(p => p.Trim()).Where(p => p.Length > 0))
        {
            if (open is not null && MarkerStart.IsMatch(part))
            {
                open += "; " + part;
                continue;
            }

            if (open is not null)
            {
                yield return open;
            }

            open = part;
        }

        if (open is not null)
        {
            yield return open;
        }
    }

    private void AddFile(string path, bool constraint, RequirementLine? namedBy, IReadOnlyList<string> chain)
    {
        if (chain.Contains(path, StringComparer.Ordinal))
        {
            return;
        }

        string content;
        try
        {
            content = RequirementText.Decode(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string kind = constraint ? "constraints" : "requirement";
            string reason = e is FileNotFoundException or DirectoryNotFoundException ? "does not exist" : $"cannot be read: {e.Message}";
            string what = namedBy is null ? $"the {kind} file '{path}' {reason}" : $"'{namedBy.Original}' names '{path}', which {reason}";
            throw new DiagnosticException(Diagnostic.Error("LB2012", $"{what}. Correct its name, or create it.") with
            {
                File = namedBy?.File,
                Line = namedBy?.Line ?? 0,
            });
        }

        var place = new RequirementPlace(Path.GetDirectoryName(path)!, path, 0, constraint, [.. chain, path]);
        foreach ((string text, int line) in RequirementText.LogicalLines(content))
        {
            AddLine(text, place with { Line = line });
        }
    }

    private void AddLine(string text, RequirementPlace place)
    {
        if (text.StartsWith('-'))
        {
            AddOption(text, place);
            return;
        }

        // As pip does: options begin at the first word that starts with a hyphen.
        Match options = Options.Match(text);
        string words = (options.Success ? text[..options.Index] : text).Trim();
        string tail = options.Success ? text[options.Index..].Trim() : "";
        RequirementLine read = _parser.Parse(words, place.Folder);
        if (read.LocalPath is not null && !Path.Exists(read.LocalPath))
        {
            throw place.Error("LB2012", $"'{text}' names '{read.LocalPath}', which does not exist. Paths are relative to the file that names them.");
        }

        if (read is { LocalPath: null, Url: null } && Requirement.FaultOf(_variables.Expand(words)) is { } fault)
        {
            throw place.Error("LB2012", $"'{text}' is not a requirement: {fault}. Correct the line.");
        }

        _lines.Add(read with
        {
            Kind = place.IsConstraint ? RequirementKind.Constraint : RequirementKind.Requirement,
            Text = tail.Length > 0 ? $"{read.Text} {tail}" : read.Text,
            Original = text,
            File = place.File,
            Line = place.Line,
            Hashes = [.. Hash.Matches(tail).Select(m => m.Groups[1].Value.ToLowerInvariant())],
        });
    }

    private void AddOption(string text, RequirementPlace place)
    {
        (string name, string? value) = SplitOption(CommandLine.Split(text));
        var written = new RequirementLine(RequirementKind.Option, text, text, place.File, place.Line);
        switch (name)
        {
            case "-r" or "--requirement" or "-c" or "--constraint" when value is not null:
                string expanded = _variables.Expand(value);
                if (RemoteFile.IsMatch(expanded))
                {
                    _lines.Add(written);
                    return;
                }

                string target = expanded.StartsWith("file:", StringComparison.OrdinalIgnoreCase) && Uri.TryCreate(expanded, UriKind.Absolute, out Uri? uri)
                    ? uri.LocalPath
                    : Path.GetFullPath(expanded, place.Folder);
                AddFile(target, constraint: name is "-c" or "--constraint", written, place.Chain);
                return;

            case "-e" or "--editable":
                throw place.Error("LB2008", $"'{text}' is an editable requirement: it would leave a link to this machine in the layer. Name the project without -e ('{value}'); it is then built into a wheel.");

            case "-f" or "--find-links" when value is not null && Path.Exists(Path.Combine(place.Folder, _variables.Expand(value))):
                _lines.Add(written with { Text = "--find-links " + Quote(Path.GetFullPath(Path.Combine(place.Folder, _variables.Expand(value)))) });
                return;

            default:
                _lines.Add(written);
                return;
        }
    }

    private static (string Name, string? Value) SplitOption(IReadOnlyList<string> words)
    {
        string first = words[0];
        if (first.StartsWith("--", StringComparison.Ordinal))
        {
            int equals = first.IndexOf('=');
            return equals > 0 ? (first[..equals], first[(equals + 1)..]) : (first, words.Count > 1 ? words[1] : null);
        }

        return first.Length > 2 ? (first[..2], first[2..]) : (first, words.Count > 1 ? words[1] : null);
    }

    private static string Quote(string word) => word.Any(c => char.IsWhiteSpace(c) || c is '\'' or '"' or '\\')
        ? "\"" + word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\""
        : word;

    private static Regex Options { get; } = new(@"\s-\S.*$", RegexOptions.Singleline);

    private static Regex Hash { get; } = new(@"--hash[=\s]\s*['""]?([A-Za-z0-9]+:[0-9a-fA-F]+)");

    private static Regex RemoteFile { get; } = new(@"^https?:", RegexOptions.IgnoreCase);

    private static Regex MarkerStart { get; } = new(@"^\(*\s*(python_version|python_full_version|os_name|sys_platform|platform_\w+|implementation_name|implementation_version|extra)\s*(<|>|=|!|~|in\b|not\b)[=\s]*.*['""]");
}

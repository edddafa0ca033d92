using LayerBuild.Diagnostics;
using LayerBuild.Formats.Python;

namespace LayerBuild.Steps.Resolve;

/// <summary>A file that is not what a lock says.</summary>
/// <param name="Title"><c>urllib3==2.7.0</c></param>
/// <param name="Expected">SHA-256 of those that are allowed, lower-case hex.</param>
/// <param name="Found">SHA-256 of what came.</param>
internal sealed record HashMismatch(string Title, string FileName, IReadOnlyList<string> Expected, string Found)
{
    /// <param name="items">One or more, as <see cref="ToString"/> gives them.</param>
    public static Diagnostic ToDiagnostic(PythonTarget target, IEnumerable<string> items) => Diagnostic.Error(
        "LB2004",
        $"a download for {target} is not what was pinned: {string.Join("; ", items)}. If the file was meant to change, renew its hash (dotnet build -t:LockLambdaLayers); if not, do not trust the index it came from.");

    public override string ToString() => $"{Title} ({FileName}): expected {string.Join(" or ", Expected.Select(e => $"sha256:{e}"))}, found sha256:{Found}";
}

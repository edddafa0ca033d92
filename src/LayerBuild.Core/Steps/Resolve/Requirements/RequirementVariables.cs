using System.Text.RegularExpressions;

namespace LayerBuild.Steps.Resolve.Requirements;

/// <summary>Environment variables that requirement files name as <c>${NAME}</c>.</summary>
/// <param name="find">The value of one; null when there is none.</param>
internal sealed class RequirementVariables(Func<string, string?> find)
{
    /// <summary>As pip does: a variable that is not set, or empty, stays as it is written.</summary>
    public string Expand(string text) => Variable.Replace(text, m => find(m.Groups[1].Value) is { Length: > 0 } value ? value : m.Value);

    private static Regex Variable { get; } = new(@"\$\{([A-Z0-9_]+)\}");
}

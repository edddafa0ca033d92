using System.Globalization;

namespace LayerBuild.Diagnostics;

/// <summary>
/// Repeats an error as the line that makes a CI show it beside the change: a workflow command of GitHub Actions, or a
/// logging command of Azure Pipelines. Only errors: a warning may be one that NoWarn silences.
/// </summary>
internal static class CiAnnotation
{
    /// <param name="file">Full path; null when there is none.</param>
    /// <param name="variable">Value of an environment variable of the build.</param>
    /// <returns>Null when the build runs in neither.</returns>
    public static string? Of(Diagnostic error, string? file, Func<string, string?> variable)
    {
        if (IsTrue(variable("GITHUB_ACTIONS")))
        {
            string place = file is null ? "" : string.Create(CultureInfo.InvariantCulture, $",file={GitHubProperty(file)}{(error.Line > 0 ? $",line={error.Line}" : "")}");
            return $"::error title={error.Code}{place}::{GitHub(error.Message)}";
        }

        if (IsTrue(variable("TF_BUILD")))
        {
            string place = file is null ? "" : string.Create(CultureInfo.InvariantCulture, $"sourcepath={Azure(file)};{(error.Line > 0 ? $"linenumber={error.Line};" : "")}");
            return $"##vso[task.logissue type=error;code={error.Code};{place}]{Azure(error.Message)}";
        }

        return null;
    }

    private static bool IsTrue(string? value) => string.Equals(value, "true", StringComparison.OrdinalIgnoreCase);

    private static string GitHub(string text) => Lines(text.Replace("%", "%25", StringComparison.Ordinal));

    private static string GitHubProperty(string text) =>
        GitHub(text).Replace(":", "%3A", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal);

    private static string Azure(string text) => Lines(text.Replace("%", "%AZP25", StringComparison.Ordinal))
        .Replace(";", "%3B", StringComparison.Ordinal)
        .Replace("]", "%5D", StringComparison.Ordinal);

    private static string Lines(string text) =>
        text.Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);
}

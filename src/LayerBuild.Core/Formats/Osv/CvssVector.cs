namespace LayerBuild.Formats.Osv;

/// <summary>
/// A CVSS vector and its score. Versions 3.0 and 3.1 give the base score; what time or an environment changes is not
/// counted. Version 4.0 gives the score of all metrics that the vector states, as its specification wants it.
/// </summary>
/// <param name="Version"><c>3.0</c>, <c>3.1</c> or <c>4.0</c>.</param>
/// <param name="Text">As it was written.</param>
/// <param name="Score">0.0 to 10.0, with one decimal.</param>
internal sealed record CvssVector(string Version, string Text, decimal Score)
{
    /// <summary>All metrics of 4.0 make 200 characters.</summary>
    private const int MaxLength = 400;

    /// <summary>The qualitative rating (3.1, section 5; 4.0, section 6). None, for 0.0, counts as low.</summary>
    public AdvisorySeverity Severity => Score switch
    {
        >= 9.0m => AdvisorySeverity.Critical,
        >= 7.0m => AdvisorySeverity.High,
        >= 4.0m => AdvisorySeverity.Moderate,
        _ => AdvisorySeverity.Low,
    };

    /// <returns>Null for other versions, and where a base metric is missing or has no such value.</returns>
    public static CvssVector? TryParse(string text)
    {
        string[] parts = text.Length <= MaxLength ? text.Split('/') : [];
        var metrics = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string part in parts.Skip(1))
        {
            if (part.Split(':') is not [{ Length: > 0 } name, { Length: > 0 } value] || !metrics.TryAdd(name, value))
            {
                return null;
            }
        }

        string version = parts.Length > 0 && parts[0].StartsWith("CVSS:", StringComparison.Ordinal) ? parts[0]["CVSS:".Length..] : "";
        decimal? score = version switch
        {
            "3.0" or "3.1" => Cvss3.BaseScore(metrics, version),
            "4.0" => Cvss4.Score(metrics),
            _ => null,
        };
        return score is { } known ? new CvssVector(version, text, known) : null;
    }
}

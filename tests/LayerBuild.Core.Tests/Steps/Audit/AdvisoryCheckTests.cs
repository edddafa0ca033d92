using LayerBuild.Diagnostics;
using LayerBuild.Formats.Osv;

namespace LayerBuild.Steps.Audit;

public sealed class AdvisoryCheckTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("2025-01-10", 0)]
    [InlineData("2025-02-09", 0)]
    [InlineData("2025-02-10", 31)]
    [InlineData("2026-01-10", 365)]
    public void Advisories_are_old_after_thirty_days(string today, int days)
    {
        using OsvDatabase database = AdvisoryExample.Database(_folder, Demo("GHSA-1", "2024-11-30T00:00:00Z"), Demo("GHSA-2", "2025-01-10T23:00:00Z"));
        string[] messages = Check(database, today);
        Assert.Equal(days == 0 ? 0 : 1, messages.Length);
        Assert.All(messages, m => Assert.StartsWith($"The advisories are {days} days old: their newest entry is of 2025-01-10.", m, StringComparison.Ordinal));
    }

    [Fact]
    public void Advisories_without_a_date_are_said_to_have_none()
    {
        using OsvDatabase database = AdvisoryExample.Database(_folder, Demo("GHSA-1", "last week"));
        Assert.StartsWith("The advisories do not say how old they are", Assert.Single(Check(database, "2025-01-10")), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_read_is_said_with_its_reason_and_its_number()
    {
        _folder.Write("db/1.json", Demo("GHSA-1", "2025-01-10T00:00:00Z").ToString());
        for (int i = 2; i < 7; i++)
        {
            _folder.Write($"db/{i}.json", "{");
        }

        using OsvDatabase database = OsvDatabase.Open([_folder["nowhere.zip"], _folder["db"]], null, CancellationToken.None);
        string[] messages = Check(database, "2025-01-10");
        Assert.Equal(2, messages.Length);
        Assert.StartsWith($"The advisories '{_folder["nowhere.zip"]}' cannot be read: it does not exist.", messages[0], StringComparison.Ordinal);
        Assert.StartsWith("5 of 6 records of the advisories cannot be read and were skipped: 2.json, 3.json, 4.json, ....", messages[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_layer_whose_ecosystem_the_advisories_do_not_know_is_told_so()
    {
        using OsvDatabase database = AdvisoryExample.Database(_folder, Demo("GHSA-1", "2025-01-10T00:00:00Z"));
        var log = new DiagnosticLog();
        AdvisoryCheck.CheckCoverage(
            LayerExample.Declare("web"),
            [new(OsvEcosystem.PyPI, "requests", "1.0", true, []), new(OsvEcosystem.Npm, "lodash", "1.0.0", true, []), new(OsvEcosystem.Npm, "ms", "1.0.0", true, [])],
            database,
            log);
        Diagnostic warning = Assert.Single(log.Diagnostics);
        Assert.Equal("LB6005", warning.Code);
        Assert.Equal("Layer 'web': its 2 npm packages were not looked up: the advisories hold no record of npm. Add that ecosystem's export to LambdaLayerAdvisories.", warning.Message);
    }

    private static AdvisoryExample Demo(string id, string modified) => new AdvisoryExample(id, modified).Of("demo").Range("introduced 0");

    private static string[] Check(OsvDatabase database, string today)
    {
        var log = new DiagnosticLog();
        AdvisoryCheck.Run(database, DateOnly.Parse(today, System.Globalization.CultureInfo.InvariantCulture), log);
        Assert.All(log.Diagnostics, d => Assert.Equal((Severity.Warning, "LB6005"), (d.Severity, d.Code)));
        return [.. log.Diagnostics.Select(d => d.Message)];
    }
}

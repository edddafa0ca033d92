using LayerBuild.Formats.Osv;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Audit;

public sealed class PackageAuditTests : IDisposable
{
    private const string High = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N";
    private const string Critical = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
    private const string Moderate = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:L/VA:N/SC:N/SI:N/SA:N";

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Records_that_are_aliases_of_each_other_are_one_finding()
    {
        AuditFinding finding = Assert.Single(Audit(
            Record("CVE-2018-18074").Aliases("GHSA-x84v-xcm2-53pg"),
            Record("PYSEC-2018-28").Aliases("CVE-2018-18074"),
            Record("GHSA-x84v-xcm2-53pg").Summary("Insufficiently Protected Credentials")));
        Assert.Equal("GHSA-x84v-xcm2-53pg", finding.Id);
        Assert.Equal(["PYSEC-2018-28", "CVE-2018-18074"], finding.Aliases);
        Assert.Equal("Insufficiently Protected Credentials", finding.Summary);
    }

    [Fact]
    public void Aliases_join_over_an_id_of_which_there_is_no_record() =>
        Assert.Equal("GHSA-1", Assert.Single(Audit(Record("PYSEC-1").Aliases("CVE-1"), Record("GHSA-1").Aliases("CVE-1"), Record("OTHER-1").Aliases("PYSEC-1"))).Id);

    [Fact]
    public void Different_vulnerabilities_of_a_package_are_different_findings_the_worst_first()
    {
        IReadOnlyList<AuditFinding> findings = Audit(Record("GHSA-1").Vector(High), Record("GHSA-2").Vector(Critical), Record("PYSEC-3").Vector(Critical));
        Assert.Equal(["GHSA-2 LB6004", "PYSEC-3 LB6004", "GHSA-1 LB6003"], findings.Select(f => $"{f.Id} {f.Code}"));
    }

    [Fact]
    public void A_vulnerability_has_one_name_even_where_only_its_lesser_record_fits()
    {
        AuditFinding finding = Assert.Single(Audit(
            new AdvisoryExample("GHSA-1").Aliases("PYSEC-1").Of("demo").Range("introduced 0", "fixed 1.0"),
            new AdvisoryExample("PYSEC-1").Of("demo").Range("introduced 0", "fixed 2.0")));
        Assert.Equal("GHSA-1", finding.Id);
        Assert.Equal(["PYSEC-1"], finding.Records.Select(r => r.Id));
    }

    [Fact]
    public void A_record_that_was_withdrawn_gives_no_finding_and_no_name()
    {
        Assert.Empty(Audit(Record("GHSA-1").With("withdrawn", "2025-01-01T00:00:00Z")));
        AuditFinding finding = Assert.Single(Audit(
            Record("GHSA-1").With("withdrawn", "2025-01-01T00:00:00Z"),
            Record("PYSEC-1").Aliases("GHSA-1", "CVE-1")));
        Assert.Equal("PYSEC-1", finding.Id);
    }

    [Theory]
    [InlineData("LOW", "LB6001")]
    [InlineData("MODERATE", "LB6002")]
    [InlineData("medium", "LB6002")]
    [InlineData("HIGH", "LB6003")]
    [InlineData("CRITICAL", "LB6004")]
    public void Without_a_vector_the_databases_own_word_decides(string word, string code)
    {
        AuditFinding finding = Assert.Single(Audit(Record("GHSA-1").Word(word)));
        Assert.Equal(code, finding.Code);
        Assert.Contains("the database's own word", finding.Severity.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void The_worst_vector_of_all_records_decides()
    {
        Assert.Equal("high (CVSS 3.1: 7.5)", Assert.Single(Audit(Record("GHSA-1").Vector(Moderate, High).Word("LOW"))).Severity.Words);
        Assert.Equal("critical (CVSS 3.1: 9.8)", Assert.Single(Audit(Record("GHSA-1").Vector(High), Record("PYSEC-1").Aliases("GHSA-1").Vector(Critical))).Severity.Words);
        Assert.Equal("moderate (CVSS 4.0: 6.9)", Assert.Single(Audit(Record("GHSA-1").Vector(Moderate))).Severity.Words);
    }

    [Fact]
    public void A_vector_for_a_package_alone_replaces_that_of_the_record() =>
        Assert.Equal("LB6003", Assert.Single(Audit(Record("GHSA-1").Vector(Critical).VectorOfPackage(High))).Code);

    [Fact]
    public void An_unknown_severity_is_taken_as_moderate_and_says_so()
    {
        AuditFinding finding = Assert.Single(Audit(Record("PYSEC-1").Vector("AV:N/AC:L/Au:N/C:P/I:P/A:P").Word("spicy")));
        Assert.Equal("LB6002", finding.Code);
        Assert.Equal("not stated, taken as moderate", finding.Severity.Words);
    }

    [Fact]
    public void Malicious_code_is_critical_without_a_score() => Assert.Equal("LB6004", Assert.Single(Audit(Record("MAL-2024-1"))).Code);

    [Fact]
    public void The_fixed_version_is_the_first_that_no_record_calls_affected()
    {
        AuditFinding finding = Assert.Single(Audit(
            new AdvisoryExample("GHSA-1").Of("demo").Range("introduced 0", "fixed 1.9", "introduced 2.0", "fixed 2.10"),
            new AdvisoryExample("PYSEC-1").Aliases("GHSA-1").Of("demo").Range("introduced 1.0", "fixed 2.4").Versions("1.5")));
        Assert.Equal("2.10", finding.FixedIn);
        Assert.Null(finding.LastAffected);
    }

    [Fact]
    public void Where_nothing_is_fixed_the_last_affected_version_is_told()
    {
        AuditFinding finding = Assert.Single(Audit(new AdvisoryExample("GHSA-1").Of("demo").Range("introduced 0", "last_affected 1.7")));
        Assert.Null(finding.FixedIn);
        Assert.Equal("1.7", finding.LastAffected);
        Assert.Null(Assert.Single(Audit(new AdvisoryExample("GHSA-1").Of("demo").Range("introduced 0"))).FixedIn);
    }

    [Fact]
    public void A_package_that_the_layer_holds_twice_is_looked_up_once()
    {
        using OsvDatabase database = AdvisoryExample.Database(_folder, Record("GHSA-1"));
        AuditFinding finding = Assert.Single(PackageAudit.Run(
            LayerExample.Declare(),
            [Package() with { RequiredBy = ["b", "a"] }, Package() with { Name = "Demo", Requested = true, RequiredBy = ["a", "c"] }],
            database, CancellationToken.None));
        Assert.True(finding.Package.Requested);
        Assert.Equal(["a", "b", "c"], finding.Package.RequiredBy);
    }

    [Fact]
    public void Versions_and_ecosystems_are_kept_apart()
    {
        using OsvDatabase database = AdvisoryExample.Database(
            _folder,
            new AdvisoryExample("GHSA-1").Of("demo").Range("introduced 0", "fixed 1.7").Of("demo", "npm").Range("introduced 3.0.0"));
        IReadOnlyList<AuditFinding> findings = PackageAudit.Run(
            LayerExample.Declare(),
            [Package(), Package() with { Version = "1.8" }, Package() with { Ecosystem = OsvEcosystem.Npm, Version = "3.1.0" }, Package() with { Ecosystem = OsvEcosystem.Npm, Version = "2.0.0" }],
            database, CancellationToken.None);
        Assert.Equal(["demo 1.5 PyPI", "demo 3.1.0 npm"], findings.Select(f => $"{f.Package} {f.Package.Ecosystem}"));
    }

    [Theory]
    [InlineData("LB6003")]
    [InlineData("LB6003:GHSA-1")]
    [InlineData("LB6003:ghsa-*")]
    [InlineData("LB6003:CVE-2024-1")]
    [InlineData("LB6003:PYSEC-1")]
    [InlineData("LB6003:de*")]
    [InlineData("LB6003:Demo")]
    public void A_finding_is_accepted_by_id_alias_or_package(string allowed) => Assert.NotNull(Accepted(allowed));

    [Theory]
    [InlineData("LB6002:GHSA-1")]
    [InlineData("LB6003:GHSA-2")]
    [InlineData("LB6003:demo-other")]
    public void Other_entries_accept_nothing(string allowed) => Assert.Null(Accepted(allowed));

    [Fact]
    public void An_entry_may_give_its_reason()
    {
        FindingAcceptance? acceptance = Accepted("LB6003:GHSA-1 (we send no credentials: see the threat model)");
        Assert.Equal("LB6003:GHSA-1", acceptance?.Entry);
        Assert.Equal("we send no credentials: see the threat model", acceptance?.Reason);
        Assert.Null(Accepted("LB6003:GHSA-2 (GHSA-1)"));
    }

    [Fact]
    public void A_version_that_its_ecosystem_cannot_order_is_affected_only_where_it_is_enumerated()
    {
        using OsvDatabase database = AdvisoryExample.Database(
            _folder, new AdvisoryExample("GHSA-1").Of("demo").Range("introduced 0"), new AdvisoryExample("GHSA-2").Of("demo").Versions("2004d"));
        Assert.Equal(["GHSA-2"], PackageAudit.Run(LayerExample.Declare(), [Package() with { Version = "2004d" }], database, CancellationToken.None).Select(f => f.Id));
    }

    [Fact]
    public void Many_records_of_one_package_take_no_more_than_their_number()
    {
        AdvisoryExample[] records = [.. Enumerable.Range(0, 500).Select(i => Record($"GHSA-{i:0000}").Aliases($"CVE-{i}", $"CVE-{i + 1}"))];
        AuditFinding finding = Assert.Single(Audit(records));
        Assert.Equal("GHSA-0000", finding.Id);
        Assert.Equal(500, finding.Records.Count);
    }

    private static AdvisoryExample Record(string id) => new AdvisoryExample(id).Of("demo").Range("introduced 0", "fixed 2.0");

    private static AuditedPackage Package() => new(OsvEcosystem.PyPI, "demo", "1.5", false, []);

    private FindingAcceptance? Accepted(string allowed)
    {
        LayerDeclaration layer = LayerExample.Declare() with { AllowFindings = [allowed] };
        return Assert.Single(Audit(layer, Record("GHSA-1").Aliases("CVE-2024-1", "PYSEC-1").Vector(High))).Acceptance;
    }

    private IReadOnlyList<AuditFinding> Audit(params AdvisoryExample[] records) => Audit(LayerExample.Declare(), records);

    private IReadOnlyList<AuditFinding> Audit(LayerDeclaration layer, params AdvisoryExample[] records)
    {
        using var folder = new TemporaryDirectory();
        using OsvDatabase database = AdvisoryExample.Database(folder, records);
        return PackageAudit.Run(layer, [Package()], database, CancellationToken.None);
    }
}

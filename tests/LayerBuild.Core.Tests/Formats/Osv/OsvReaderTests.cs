using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LayerBuild.Formats.Osv;

public sealed class OsvReaderTests
{
    [Fact]
    public void A_record_has_its_id_times_aliases_and_severities()
    {
        OsvRecord record = new AdvisoryExample("GHSA-x84v-xcm2-53pg", "2024-09-01T12:00:00.5Z")
            .With("published", "2018-10-29T19:06:46Z")
            .Aliases("CVE-2018-18074", "PYSEC-2018-28", "GHSA-x84v-xcm2-53pg")
            .Summary("Insufficiently Protected Credentials")
            .Vector("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", "AV:N/AC:L/Au:N/C:P/I:N/A:N")
            .Word("high")
            .Of("requests").Range("introduced 0", "fixed 2.20.0").Read();
        Assert.Equal(["CVE-2018-18074", "PYSEC-2018-28"], record.Aliases);
        Assert.Equal(2024, record.Modified?.Year);
        Assert.Equal(2018, record.Published?.Year);
        Assert.Equal(["3.0"], record.Vectors.Select(v => v.Version));
        Assert.Equal(AdvisorySeverity.High, record.Word);
        Assert.Equal([79, 522], record.Weaknesses);
    }

    [Fact]
    public void Null_is_as_good_as_missing()
    {
        OsvRecord record = OsvReader.Read("""
            {"id": "PYSEC-1", "modified": null, "withdrawn": null, "aliases": null, "severity": null, "database_specific": null,
             "affected": [{"package": {"ecosystem": "PyPI", "name": "demo"}, "ranges": null, "versions": ["1.0"], "severity": null}, {"package": null}, {}]}
            """u8.ToArray());
        Assert.False(record.IsWithdrawn);
        Assert.Single(record.Affected);
    }

    [Fact]
    public void Where_there_is_no_summary_the_details_are_cut_to_a_line()
    {
        OsvRecord record = new AdvisoryExample("PYSEC-1").With("details", "First line\r\n\twith a\u0007 bell\u202E and more. " + new string('x', 5000)).Read();
        Assert.StartsWith("First line with a bell and more. xxx", record.Summary, StringComparison.Ordinal);
        Assert.EndsWith("…", record.Summary, StringComparison.Ordinal);
        Assert.InRange(record.Summary.Length, 100, 170);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"id\": 5}")]
    [InlineData("{\"modified\": \"2024-01-01T00:00:00Z\"}")]
    [InlineData("{\"id\": \"GHSA-1; error LB0000: look here\"}")]
    [InlineData("{\"id\": \"GHSA-1\", \"affected\": {}}")]
    [InlineData("{\"id\": \"GHSA-1\", \"affected\": [1]}")]
    [InlineData("{\"id\": \"GHSA-1\", \"aliases\": [1]}")]
    [InlineData("{\"id\": \"GHSA-1\", \"summary\": {}}")]
    [InlineData("{\"id\": \"GHSA-1\"} {}")]
    [InlineData("{\"id\": \"GHSA-1\", \"summary\": \"\\ud800\"}")]
    public void What_is_no_record_is_refused(string json) => Assert.ThrowsAny<JsonException>(() => OsvReader.Read(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Nesting_is_limited()
    {
        string deep = $"{{\"id\": \"GHSA-1\", \"database_specific\": {new string('[', 100_000)}";
        Assert.ThrowsAny<JsonException>(() => OsvReader.Read(Encoding.UTF8.GetBytes(deep)));
        int ecosystems = 0;
        Assert.Null(OsvScan.Read(Encoding.UTF8.GetBytes(deep), [], ref ecosystems));
    }

    [Fact]
    public void Ids_of_others_are_left_out_when_they_could_be_read_as_something_else() =>
        Assert.Equal(["CVE-1"], new AdvisoryExample("GHSA-1").Aliases("CVE-1", "a b", "x;y", "\"", "*", "é", new string('x', 200), "").Read().Aliases);

    [Fact]
    public void The_scan_finds_what_the_reader_finds_however_it_is_written()
    {
        byte[] json = "{ \"affected\":[{\"\\u0070ackage\":{\"\\u006eame\":\"\\u0040scope\\/Demo\",\"purl\":\"x\",\"ecosystem\":\"n\\u0070m\"}}, {\"package\":{\"name\":\"My_Name\",\"ecosystem\":\"PyPI\"}}],\"\\u0069d\":\"GHSA-1\",\"modified\":\"2024-02-03T23:59:59Z\"}"u8.ToArray();
        var keys = new List<ulong>();
        int ecosystems = 0;
        Assert.Equal(new DateOnly(2024, 2, 3).DayNumber, OsvScan.Read(json, keys, ref ecosystems));
        Assert.Equal([OsvScan.Key(OsvEcosystem.Npm, "@scope/Demo"), OsvScan.Key(OsvEcosystem.PyPI, "my-name")], keys);
        Assert.Equal(OsvEcosystem.Npm.Flag | OsvEcosystem.PyPI.Flag, ecosystems);
        Assert.Equal(["@scope/Demo", "my-name"], OsvReader.Read(json).Affected.Select(a => a.Name));
    }

    [Theory]
    [InlineData("{\"id\": \"GHSA-1\", \"affected\": [{\"package\": {\"name\": \"a\", \"ecosystem\": \"PyPI\"}}]")]
    [InlineData("{\"affected\": [{\"package\": {\"name\": \"a\", \"ecosystem\": \"PyPI\"}}]}")]
    [InlineData("{\"id\": \"GHSA-1\", \"affected\": 5}")]
    [InlineData("{\"id\": \"GHSA-1\"} trailing")]
    [InlineData("not json")]
    [InlineData("")]
    public void The_scan_refuses_what_is_no_record_and_keeps_nothing_of_it(string json)
    {
        var keys = new List<ulong> { 1 };
        int ecosystems = 0;
        Assert.Null(OsvScan.Read(Encoding.UTF8.GetBytes(json), keys, ref ecosystems));
        Assert.Equal([1UL], keys);
    }

    [Fact]
    public void A_record_that_names_packages_without_end_is_refused()
    {
        var affected = new JsonArray();
        for (int i = 0; i < 10_001; i++)
        {
            affected.Add(new JsonObject { ["package"] = new JsonObject { ["ecosystem"] = "PyPI", ["name"] = "demo" } });
        }

        int ecosystems = 0;
        Assert.Null(OsvScan.Read(new AdvisoryExample("GHSA-1").With("affected", affected).Bytes, [], ref ecosystems));
    }
}

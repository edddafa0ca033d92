namespace LayerBuild.Formats.Osv;

public sealed class OsvDatabaseTests : IDisposable
{
    private static readonly DateOnly Today = new(2025, 6, 1);

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Zips_folders_of_records_and_of_zips_and_single_records_are_one_database()
    {
        string zip = AdvisoryExample.Zip(_folder, "pypi.zip", Demo("GHSA-1"));
        _folder.Write("db/deep/er/GHSA-2.json", Demo("GHSA-2").ToString());
        _folder.Write("db/readme.txt", "no record");
        Directory.CreateDirectory(_folder["osv-scanner/PyPI"]);
        File.Move(AdvisoryExample.Zip(_folder, "all.zip", Demo("GHSA-3")), _folder["osv-scanner/PyPI/all.zip"]);
        string single = _folder.Write("one.json", "\uFEFF" + Demo("GHSA-4"));

        using OsvDatabase database = Open(zip, _folder["db"], _folder["osv-scanner"], single);

        Assert.Empty(database.Faults);
        Assert.Equal(4, database.Records);
        Assert.Equal(0, database.Skipped);
        Assert.Equal(["GHSA-1", "GHSA-2", "GHSA-3", "GHSA-4"], Ids(database));
        Assert.True(database.Covers(OsvEcosystem.PyPI));
        Assert.False(database.Covers(OsvEcosystem.Npm));
    }

    [Fact]
    public void A_source_that_is_not_there_or_holds_nothing_is_said_and_the_others_count()
    {
        Directory.CreateDirectory(_folder["empty"]);
        _folder.Write("broken.zip", "not a zip");
        string barren = AdvisoryExample.Zip(_folder, "barren.zip");

        using OsvDatabase database = Open(_folder["missing.zip"], _folder["empty"], _folder["broken.zip"], barren, AdvisoryExample.Zip(_folder, "good.zip", Demo("GHSA-1")));

        Assert.Equal(
            ["missing.zip: it does not exist", "empty: it holds no records", "broken.zip: it is not a zip file, or its end is missing", "barren.zip: it holds no records"],
            database.Faults.Select(f => $"{Path.GetFileName(f.Path)}: {f.Reason}"));
        Assert.Equal(["GHSA-1"], Ids(database));
    }

    [Fact]
    public void Of_two_records_with_one_id_the_later_one_counts()
    {
        string old = AdvisoryExample.Zip(_folder, "old.zip", Demo("GHSA-1", "2024-01-01T00:00:00Z").Summary("old"));
        string late = AdvisoryExample.Zip(_folder, "late.zip", Demo("GHSA-1", "2025-01-01T00:00:00Z").Summary("late"));
        foreach (string[] order in new[] { new[] { old, late }, [late, old] })
        {
            using OsvDatabase database = Open(order);
            Assert.Equal("late", database.Find(OsvEcosystem.PyPI, "Demo").Single().Summary);
        }
    }

    [Fact]
    public void The_age_is_that_of_the_newest_record_or_member_and_no_day_to_come_makes_it_younger()
    {
        // The builder's zips are of 2025-01-01.
        using (OsvDatabase zip = Open(AdvisoryExample.Zip(_folder, "a.zip", Demo("GHSA-1", "2024-05-01T00:00:00Z"), Demo("GHSA-2", "2099-01-01T00:00:00Z"))))
        {
            Assert.Equal(new DateOnly(2025, 1, 1), zip.Newest(Today));
        }

        using OsvDatabase folder = AdvisoryExample.Database(_folder, Demo("GHSA-1", "2024-05-01T00:00:00Z"), Demo("GHSA-2", "2024-05-03T23:30:00-02:00"), Demo("GHSA-3", "2099-01-01T00:00:00Z"));
        Assert.Equal(new DateOnly(2024, 5, 4), folder.Newest(Today));
        Assert.Null(folder.Newest(new DateOnly(2020, 1, 1)));
    }

    [Fact]
    public void Broken_records_are_skipped_and_counted()
    {
        byte[] zip = new ZipBuilder()
            .Add("GHSA-1.json", Demo("GHSA-1").ToString())
            .Add("truncated.json", Demo("GHSA-2").ToString()[..^20])
            .Add("words.json", "hello")
            .Add(new ZipMember("damaged.json", Demo("GHSA-3").Bytes) { Crc32 = 1 })
            .Add(new ZipMember("bomb.json", Demo("GHSA-4").Bytes) { Size = 17 << 20 })
            .Add(new ZipMember("longer.json", Demo("GHSA-5").Bytes) { Size = 10 })
            .Add(new ZipMember("shorter.json", Demo("GHSA-6").Bytes) { Size = 5000 })
            .Add("README.md", "hello")
            .ToBytes();
        File.WriteAllBytes(_folder["all.zip"], zip);

        using OsvDatabase database = Open(_folder["all.zip"]);

        Assert.Equal(["GHSA-1"], Ids(database));
        Assert.Equal(1, database.Records);
        Assert.Equal(6, database.Skipped);
        Assert.Equal(["bomb.json", "damaged.json", "longer.json"], database.SkippedNames);
    }

    [Fact]
    public void A_record_whose_fields_cannot_be_understood_is_counted_when_its_package_is_asked_for()
    {
        _folder.Write("db/1.json", """{"id": "GHSA-1", "aliases": 5, "affected": [{"package": {"ecosystem": "PyPI", "name": "demo"}, "ranges": []}]}""");
        _folder.Write("db/2.json", Demo("GHSA-2").ToString());
        using OsvDatabase database = Open(_folder["db"]);
        Assert.Equal(0, database.Skipped);
        Assert.Equal(["GHSA-2"], Ids(database));
        Assert.Equal(1, database.Skipped);
        Assert.Equal(["1.json"], database.SkippedNames);
    }

    [Fact]
    public void A_zip_that_promises_more_than_anybody_needs_is_refused_before_it_is_inflated()
    {
        var zip = new ZipBuilder();
        for (int i = 0; i < 3; i++)
        {
            zip.Add(new ZipMember($"{i}.json", Demo("GHSA-1").Bytes) { Size = 2_000_000_000 });
        }

        File.WriteAllBytes(_folder["all.zip"], zip.ToBytes());
        using OsvDatabase database = Open(_folder["all.zip"]);
        Assert.Contains("take the export of one ecosystem", database.Faults.Single().Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_index_in_the_cache_is_used_for_the_same_bytes_and_for_no_others()
    {
        string cache = _folder["cache"];
        string zip = AdvisoryExample.Zip(_folder, "all.zip", Demo("GHSA-1"), new AdvisoryExample("GHSA-9").Of("other").Range("introduced 0"));
        using (OsvDatabase first = OsvDatabase.Open([zip], cache, CancellationToken.None))
        {
            Assert.Equal(["GHSA-1"], Ids(first));
        }

        string index = Assert.Single(Directory.GetFiles(cache));
        DateTime written = File.GetLastWriteTimeUtc(index);
        DateTime stamp = File.GetLastWriteTimeUtc(zip);
        using (OsvDatabase second = OsvDatabase.Open([zip], cache, CancellationToken.None))
        {
            Assert.Equal(["GHSA-1"], Ids(second));
            Assert.Equal(2, second.Records);
            Assert.Equal(new DateOnly(2025, 1, 10), second.Newest(Today));
        }

        Assert.Equal(written, File.GetLastWriteTimeUtc(index));

        // Same name, same length, same time, other bytes.
        AdvisoryExample.Zip(_folder, "all.zip", Demo("GHSA-2"), new AdvisoryExample("GHSA-9").Of("other").Range("introduced 0"));
        File.SetLastWriteTimeUtc(zip, stamp);
        using (OsvDatabase third = OsvDatabase.Open([zip], cache, CancellationToken.None))
        {
            Assert.Equal(["GHSA-2"], Ids(third));
        }

        Assert.Equal(2, Directory.GetFiles(cache).Length);
    }

    [Fact]
    public void A_damaged_index_is_made_again_and_unused_ones_go()
    {
        string cache = _folder["cache"];
        string zip = AdvisoryExample.Zip(_folder, "all.zip", Demo("GHSA-1"));
        Open().Dispose();
        string index = Assert.Single(Directory.GetFiles(cache));
        byte[] bytes = File.ReadAllBytes(index);
        foreach (int length in new[] { 0, 5, bytes.Length / 2, bytes.Length - 1 })
        {
            File.WriteAllBytes(index, bytes[..length]);
            using OsvDatabase database = Open();
            Assert.Equal(["GHSA-1"], Ids(database));
            Assert.Equal(bytes, File.ReadAllBytes(index));
        }

        // What has not been used for long makes room.
        string other = Path.Combine(cache, "other.index");
        using (FileStream large = File.Create(other))
        {
            large.SetLength(300 << 20);
        }

        AdvisoryExample.Zip(_folder, "all.zip", Demo("GHSA-2"));
        Open().Dispose();
        Assert.True(File.Exists(other));
        File.SetLastWriteTimeUtc(other, DateTime.UtcNow.AddDays(-2));
        AdvisoryExample.Zip(_folder, "all.zip", Demo("GHSA-3"));
        Open().Dispose();
        Assert.False(File.Exists(other));

        OsvDatabase Open() => OsvDatabase.Open([zip], cache, CancellationToken.None);
    }

    [Fact]
    public void A_cache_that_cannot_be_written_costs_nothing_but_time()
    {
        string cache = _folder.Write("cache", "a file");
        using OsvDatabase database = OsvDatabase.Open([AdvisoryExample.Zip(_folder, "all.zip", Demo("GHSA-1"))], cache, CancellationToken.None);
        Assert.Empty(database.Faults);
        Assert.Equal(["GHSA-1"], Ids(database));
    }

    [Fact]
    public void Links_that_go_round_in_circles_end()
    {
        _folder.Write("db/GHSA-1.json", Demo("GHSA-1").ToString());
        try
        {
            Directory.CreateSymbolicLink(_folder["db/again"], _folder["db"]);
        }
        catch (Exception e) when (OperatingSystem.IsWindows() && e is IOException or UnauthorizedAccessException)
        {
            // Not everybody may make links there.
        }

        using OsvDatabase database = Open(_folder["db"]);
        Assert.Equal(1, database.Records);
    }

    [Fact]
    public void Reading_can_be_canceled()
    {
        string zip = AdvisoryExample.Zip(_folder, "all.zip", Demo("GHSA-1"));
        Assert.ThrowsAny<OperationCanceledException>(() => OsvDatabase.Open([zip], null, new CancellationToken(canceled: true)));
    }

    private static AdvisoryExample Demo(string id, string modified = "2025-01-10T00:00:00Z") => new AdvisoryExample(id, modified).Of("demo").Range("introduced 0");

    private static OsvDatabase Open(params string[] paths) => OsvDatabase.Open(paths, null, CancellationToken.None);

    private static IEnumerable<string> Ids(OsvDatabase database) => database.Find(OsvEcosystem.PyPI, "DEMO").Select(r => r.Id);
}

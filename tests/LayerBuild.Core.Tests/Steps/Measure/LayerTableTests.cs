using LayerBuild.Diagnostics;

namespace LayerBuild.Steps.Measure;

public sealed class LayerTableTests
{
    [Fact]
    public void Parts_are_listed_by_size_with_their_share_of_the_limit() =>
        Assert.Equal(
            [
                "                    unzipped  of limit     zipped",
                "  botocore 1.43.1    27.1 MB    10.3 %    14.9 MB",
                "  six 1.17.0         34.5 KB     0.0 %    11.0 KB",
                "  own files        300 bytes     0.0 %  322 bytes",
                "  demo               27.1 MB    10.4 %    14.9 MB",
            ],
            new LayerExample().Package("six", "1.17.0", 34_500, 11_000).Package("botocore", "1.43.1", 27_100_000, 14_900_000).File("python/a.py", 300, 300)
                .Measure(new DiagnosticLog()).Table);

    [Fact]
    public void With_a_baseline_there_is_a_column_for_the_change()
    {
        LayerManifest before = new LayerExample().Package("same", "1", 9_000).Package("grown", "1", 2_000).Package("gone", "1", 500).Manifest();
        LayerManifest after = new LayerExample().Package("same", "1", 9_000).Package("grown", "2", 3_500).Package("new", "1", 700).Manifest();
        Assert.Equal(
            [
                "                 unzipped  of limit     zipped          change",
                "  same 1           9.0 KB     0.0 %     9.0 KB               =",
                "  grown 2          3.5 KB     0.0 %     3.5 KB         +1.5 KB",
                "  new 1         700 bytes     0.0 %  700 bytes  new +700 bytes",
                "  gone: gone 1                                      -500 bytes",
                "  demo            13.2 KB     0.0 %    13.2 KB         +1.7 KB",
            ],
            LayerTable.Write(after, LayerGrowth.Between(before, after)));
    }

    [Theory]
    [InlineData(10, false, 12)]
    [InlineData(11, false, 12)]
    [InlineData(9, true, 12)]
    [InlineData(200, true, 12)]
    [InlineData(200, false, 12)]
    [InlineData(3, false, 5)]
    public void There_are_never_more_than_twelve_lines_and_nothing_is_left_out(int packages, bool gone, int lines)
    {
        var example = new LayerExample();
        for (int i = 0; i < packages; i++)
        {
            example.Package($"package-{i}", "1", 10_000 - i);
        }

        LayerManifest manifest = example.Manifest();
        LayerGrowth? growth = gone ? LayerGrowth.Between(new LayerExample().Package("gone", "1", 5).Manifest(), manifest) : null;
        IReadOnlyList<string> table = LayerTable.Write(manifest, growth);
        Assert.Equal(lines, table.Count);
        Assert.Equal(packages > 10 || (gone && packages > 9), table.Any(line => line.Contains(" more ")));
    }

    [Fact]
    public void Long_names_do_not_break_the_columns()
    {
        string name = new('x', 139);
        IReadOnlyList<string> table = new LayerExample { Name = name }.Package(name, "1", 10).Measure(new DiagnosticLog()).Table;
        Assert.All(table, line => Assert.InRange(line.Length, 1, 90));
    }
}

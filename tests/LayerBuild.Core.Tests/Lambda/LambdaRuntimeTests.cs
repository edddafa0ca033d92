namespace LayerBuild.Lambda;

public sealed class LambdaRuntimeTests
{
    [Theory]
    [InlineData("python3.11", "2.26")]
    [InlineData("python3.12", "2.34")]
    [InlineData("nodejs18.x", "2.26")]
    [InlineData("nodejs20.x", "2.34")]
    [InlineData("java21", "2.34")]
    [InlineData("provided.al2", "2.26")]
    [InlineData("provided.al2023", "2.34")]
    [InlineData("go1.x", "2.17")]
    public void The_operating_system_decides_the_glibc(string id, string glibc) =>
        Assert.Equal(Version.Parse(glibc), LambdaRuntime.Find(id)!.Glibc);

    [Fact]
    public void Every_row_of_the_data_file_is_whole()
    {
        Assert.Equal(LambdaRuntime.All.Count, LambdaRuntime.All.Select(r => r.Id).Distinct().Count());
        Assert.All(LambdaRuntime.All, r =>
        {
            Assert.NotEmpty(r.Architectures);
            Assert.Contains(r.OperatingSystem, new[] { "AL1", "AL2", "AL2023" });
            Assert.True(r.CreateBlocked is null || r.Deprecated <= r.CreateBlocked);
            Assert.True(r.UpdateBlocked is null || r.CreateBlocked is null || r.CreateBlocked <= r.UpdateBlocked);
        });
    }

    [Fact]
    public void Names_are_exact()
    {
        Assert.Null(LambdaRuntime.Find("Python3.13"));
        Assert.Null(LambdaRuntime.Find("python3.13 "));
        Assert.Equal(new Version(3, 13), LambdaRuntime.Find("python3.13")!.PythonVersion);
    }

    [Theory]
    [InlineData("python3.13", "python/")]
    [InlineData("nodejs22.x", "nodejs/")]
    [InlineData("java21", "java/lib/")]
    [InlineData("ruby3.4", "ruby/gems/3.4.0/")]
    public void Each_language_looks_at_its_own_folder_and_the_common_ones(string id, string own)
    {
        IReadOnlyList<string> paths = LambdaRuntime.Find(id)!.SearchPaths;

        Assert.Equal(own, paths[0]);
        Assert.Contains("bin/", paths);
        Assert.Contains("lib/", paths);
        Assert.Contains("extensions/", paths);
    }

    [Theory]
    [InlineData("provided.al2023")]
    [InlineData("dotnet10")]
    public void A_runtime_that_may_look_anywhere_has_no_search_paths(string id) => Assert.Empty(LambdaRuntime.Find(id)!.SearchPaths);
}

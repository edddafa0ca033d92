using LayerBuild.Lambda;

namespace LayerBuild.Publish;

public class FunctionAttacherTests
{
    private const string Region = "eu-west-1";
    private const string Other = "arn:aws:lambda:eu-west-1:999999999999:layer:other:3";
    private const string Another = "arn:aws:lambda:eu-west-1:999999999999:layer:another:1";

    private static string Arn(string name, int version) => $"{FakeLambda.LayerArn(Region, name)}:{version}";

    [Theory]
    [InlineData("", "a2 b2", "a2 b2")]
    [InlineData("x1 a1 y1", "a2 b2", "x1 a2 y1 b2")]
    [InlineData("b1 x1 a1", "a2 b2", "a2 x1 b2")]
    [InlineData("x1", "a2", "x1 a2")]
    [InlineData("a2 b2", "a2 b2", "a2 b2")]
    [InlineData("a1 c1 x1", "a2", "a2 x1")]
    [InlineData("x1", "", "x1")]
    public void Layers_of_others_keep_their_places(string present, string declared, string expected)
    {
        // a, b and c are layers of the project, x and y are not.
        var layers = new DeclaredLayers(Arns(declared), new HashSet<string> { "arn:a", "arn:b", "arn:c" });

        Assert.Equal(Arns(expected), FunctionAttacher.Merge(Arns(present), layers));

        static string[] Arns(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(t => $"arn:{t[0]}:{t[1]}")];
    }

    [Fact]
    public async Task A_function_gets_the_versions_that_were_just_published()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        FakeFunction function = fixture.Aws.Lambda.AddFunction(Region, "resize", Other);

        await fixture.PublishAsync([fixture.Layer("a"), fixture.Layer("b")], Attach, [new LambdaFunctionDeclaration("resize") { Layers = ["b", Another, "a"] }]);

        Assert.False(fixture.Log.HasErrors);
        Assert.Equal([Other, Arn("b", 1), Another, Arn("a", 1)], function.Layers);
        Assert.Equal(1, function.Updates);
    }

    [Fact]
    public async Task Without_AttachLayers_functions_are_not_even_read()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        fixture.Aws.Lambda.AddFunction(Region, "resize");

        await fixture.PublishAsync([fixture.Layer("a")], functions: [new LambdaFunctionDeclaration("resize") { Layers = ["a"] }]);

        Assert.DoesNotContain(fixture.Aws.Requests, r => r.Contains("functions", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_function_that_has_its_layers_is_left_alone()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        FakeFunction function = fixture.Aws.Lambda.AddFunction(Region, "resize");
        await fixture.PublishAsync([fixture.Layer("a")], Attach, [new LambdaFunctionDeclaration("resize") { Layers = ["a"] }]);

        await fixture.PublishAsync([fixture.Layer("a")], Attach, [new LambdaFunctionDeclaration("resize") { Layers = ["a"] }]);

        Assert.Equal(1, function.Updates);
        Assert.Contains(fixture.Log.Diagnostics, d => d.Message.Contains("has its layers already", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_update_in_progress_is_waited_for()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        FakeFunction function = fixture.Aws.Lambda.AddFunction(Region, "resize");
        function.Pending = 5;

        await fixture.PublishAsync([fixture.Layer("a")], Attach, [new LambdaFunctionDeclaration("resize") { Layers = ["a"] }]);

        Assert.False(fixture.Log.HasErrors);
        Assert.Equal([Arn("a", 1)], function.Layers);
        Assert.Equal(1, function.Updates);
        Assert.True(fixture.Time.Waited >= TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task An_update_that_never_ends_is_LB5004()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        fixture.Aws.Lambda.AddFunction(Region, "resize").Pending = int.MaxValue;

        await fixture.PublishAsync([fixture.Layer("a")], Attach, [new LambdaFunctionDeclaration("resize") { Layers = ["a"] }]);

        Assert.Equal("LB5004", Assert.Single(fixture.Log.Diagnostics, d => d.Code != "").Code);
    }

    [Fact]
    public async Task A_change_by_somebody_else_in_between_is_not_overwritten()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        FakeFunction function = fixture.Aws.Lambda.AddFunction(Region, "resize");
        bool changed = false;
        fixture.Aws.Faults = (_, line) =>
        {
            if (!changed && line.Contains("PUT /2015-03-31/functions", StringComparison.Ordinal))
            {
                changed = true;
                function.Layers = [Other];
                function.Revision = "changed";
            }

            return null;
        };

        await fixture.PublishAsync([fixture.Layer("a")], Attach, [new LambdaFunctionDeclaration("resize") { Layers = ["a"] }]);

        Assert.False(fixture.Log.HasErrors);
        Assert.Equal([Other, Arn("a", 1)], function.Layers);
        Assert.Equal(2, function.Updates);
    }

    [Fact]
    public async Task An_update_that_fails_is_LB5004_with_its_reason()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        fixture.Aws.Lambda.AddFunction(Region, "resize").FailsWith = "The KMS key is disabled.";

        await fixture.PublishAsync([fixture.Layer("a")], Attach, [new LambdaFunctionDeclaration("resize") { Layers = ["a"] }]);

        Diagnostics.Diagnostic error = Assert.Single(fixture.Log.Diagnostics, d => d.Code != "");
        Assert.Equal("LB5004", error.Code);
        Assert.Contains("The KMS key is disabled", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_than_five_layers_are_refused_before_anything_is_sent()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        FakeFunction function = fixture.Aws.Lambda.AddFunction(Region, "resize", [.. Enumerable.Range(1, 5).Select(i => $"arn:aws:lambda:eu-west-1:999999999999:layer:l{i}:1")]);

        await fixture.PublishAsync([fixture.Layer("a")], Attach, [new LambdaFunctionDeclaration("resize") { Layers = ["a"] }]);

        Assert.Equal("LB4006", Assert.Single(fixture.Log.Diagnostics, d => d.Code != "").Code);
        Assert.Equal(0, function.Updates);
    }

    [Fact]
    public async Task More_bytes_than_a_function_may_have_are_refused_before_anything_is_sent()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        FakeFunction function = fixture.Aws.Lambda.AddFunction(Region, "resize");

        using var code = new TemporaryDirectory();
        code.Write("app.py", new string(' ', 1000));

        await fixture.PublishAsync(
            [fixture.Layer("a", "1", m => m with { UnzippedSize = 200_000_000 }), fixture.Layer("b", "2", m => m with { UnzippedSize = 62_143_000 })],
            Attach,
            [new LambdaFunctionDeclaration("resize") { Layers = ["a", "b"], CodeDirectory = code.Path }]);

        Assert.Equal("LB4005", Assert.Single(fixture.Log.Diagnostics, d => d.Code != "").Code);
        Assert.Equal(0, function.Updates);
    }

    [Theory]
    [InlineData("python3.9", "x86_64", "its runtime is python3.9")]
    [InlineData("python3.12", "arm64", "its architecture is arm64")]
    public async Task A_layer_that_does_not_fit_the_function_is_refused(string runtime, string architecture, string why)
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        FakeFunction function = fixture.Aws.Lambda.AddFunction(Region, "resize");
        (function.Runtime, function.Architecture) = (runtime, architecture);

        await fixture.PublishAsync([fixture.Layer("a")], Attach, [new LambdaFunctionDeclaration("resize") { Layers = ["a"] }]);

        Diagnostics.Diagnostic error = Assert.Single(fixture.Log.Diagnostics, d => d.Code != "");
        Assert.Equal("LB5006", error.Code);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.Equal(0, function.Updates);
    }

    [Fact]
    public async Task Of_two_zips_for_two_architectures_a_function_gets_its_own()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        FakeFunction function = fixture.Aws.Lambda.AddFunction(Region, "resize");
        function.Architecture = "arm64";

        await fixture.PublishAsync(
            [
                fixture.Layer("numpy-x86_64") with { DeclaredName = "numpy" },
                fixture.Layer("numpy-arm64", "arm", m => m with { Architectures = ["arm64"] }) with { DeclaredName = "numpy" },
            ],
            Attach,
            [new LambdaFunctionDeclaration("resize") { Layers = ["numpy"] }]);

        Assert.False(fixture.Log.HasErrors);
        Assert.Equal([Arn("numpy-arm64", 1)], function.Layers);
    }

    [Fact]
    public async Task A_layer_of_another_region_is_explained()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        fixture.Aws.Lambda.AddFunction(Region, "resize");

        await fixture.PublishAsync([fixture.Layer("a")], Attach, [new LambdaFunctionDeclaration("resize") { Layers = ["arn:aws:lambda:us-east-1:999999999999:layer:other:3"] }]);

        Diagnostics.Diagnostic error = Assert.Single(fixture.Log.Diagnostics, d => d.Code != "");
        Assert.Equal("LB5006", error.Code);
        Assert.Contains("own region", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_function_is_attached_in_the_regions_that_have_it()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        FakeFunction here = fixture.Aws.Lambda.AddFunction("eu-west-1", "resize");
        FakeFunction there = fixture.Aws.Lambda.AddFunction("cn-north-1", "resize");
        FakeFunction byArn = fixture.Aws.Lambda.AddFunction("cn-north-1", "shrink");

        await fixture.PublishAsync(
            [fixture.Layer("a")],
            o => Attach(o) with { Regions = ["eu-west-1", "cn-north-1"] },
            [
                new LambdaFunctionDeclaration("resize") { Layers = ["a"], Regions = ["eu-west-1"] },
                new LambdaFunctionDeclaration("arn:aws-cn:lambda:cn-north-1:123456789012:function:shrink") { Layers = ["a"] },
            ]);

        Assert.False(fixture.Log.HasErrors);
        Assert.Single(here.Layers);
        Assert.Empty(there.Layers);
        Assert.Equal([FakeLambda.LayerArn("cn-north-1", "a") + ":1"], byArn.Layers);
    }

    [Fact]
    public async Task A_function_that_is_not_there_is_LB5006()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();

        await fixture.PublishAsync([fixture.Layer("a")], Attach, [new LambdaFunctionDeclaration("resize") { Layers = ["a"] }]);

        Assert.Equal("LB5006", Assert.Single(fixture.Log.Diagnostics, d => d.Code != "").Code);
    }

    private static PublishOptions Attach(PublishOptions options) => options with { Attach = true };
}

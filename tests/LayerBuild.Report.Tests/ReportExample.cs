using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;
using LayerBuild.Steps.Report;

namespace LayerBuild.Report;

/// <summary>Reports of layers that look like real ones.</summary>
internal static class ReportExample
{
    /// <summary>Two layers, two functions, a baseline, a broken budget, a shared package, something to save.</summary>
    public static LayerReport Small()
    {
        LayerReport before = Report([Web(requests: "2.31.0")], []);
        using var folder = new TemporaryDirectory();
        File.WriteAllBytes(folder["web.layer.json"], before.Layers[0].Manifest.ToJson());
        folder.Write("code/app.py", new string(' ', 1_234_567));
        return LayerReport.Of(
            [Web(requests: "2.34.2").Contents(), Aws().Contents()],
            [
                new LambdaFunctionDeclaration("orders") { Layers = ["web", "aws"], CodeDirectory = folder["code"] },
                new LambdaFunctionDeclaration("mailer") { Layers = ["web", "arn:aws:lambda:eu-west-1:123456789012:layer:other:3"] },
            ],
            LayerBaseline.Open(folder.Path),
            _ => true);
    }

    /// <summary>One layer of so many files in folders of folders.</summary>
    public static LayerReport Large(int files)
    {
        var example = new LayerExample { Name = "large" };
        for (int package = 0; package < 40; package++)
        {
            example.Package($"package{package}", "1.0", 5_000 + (package * 997), metadata: "License: MIT");
            for (int i = 0; i < files / 40; i++)
            {
                string suffix = (i % 7) switch { 0 => ".so", 1 or 2 => ".json", 3 => ".pyi", _ => ".py" };
                example.OwnedFile($"python/package{package}/part{i % 12}/sub{i % 5}/module{i}{suffix}", 200 + (i * 7919 % 40_000), 150 + (i * 7919 % 9_000));
            }
        }

        return Report([example], []);
    }

    public static LayerReport Hostile() => Report(
        [
            new LayerExample()
                .Package("<img src=x onerror=fail()>", "\"><script>fail()</script>", 5_000, metadata: "License: <b>bold</b>")
                .File("python/</script><script>fail()</script>.py", 3_000)
                .File("python/{{data}} & \u2028 ünï \"quoted\" 'x'.py", 3_000)
                .File("python/constructor/__proto__/toString.py", 2_000),
        ],
        [new LambdaFunctionDeclaration("<svg onload=fail()>") { Layers = ["demo"] }]);

    public static LayerReport Report(LayerExample[] layers, LambdaFunctionDeclaration[] functions) =>
        LayerReport.Of([.. layers.Select(l => l.Contents())], functions, LayerBaseline.None, _ => true);

    private static LayerExample Web(string requests) => new LayerExample
    {
        Name = "web",
        Declaration = LayerExample.Declare("web") with { MaxUnzippedSize = new ByteSize(1_000_000), MaxGrowth = "2%" },
    }
        .Package("requests", requests, requests == "2.31.0" ? 200_000 : 230_000, 70_000, "License: Apache-2.0", requires: ["urllib3"])
        .OwnedFile("python/requests/py.typed", 0, 130)
        .Package("urllib3", "2.7.0", 430_000, 130_000, "License-Expression: MIT", requested: false)
        .Package("charset-normalizer", "3.4.7", 12_000, 4_000, "License: MIT", requested: false)
        .OwnedFile("python/charset_normalizer/md.cpython-312-x86_64-linux-gnu.so", 640_000, 210_000)
        .File("python/own.py", 4_000, 1_500);

    private static LayerExample Aws() => new LayerExample { Name = "aws", Declaration = LayerExample.Declare("aws") }
        .Package("boto3", "1.43.11", 900_000, 130_000, "License: Apache-2.0", requires: ["botocore"])
        .Package("botocore", "1.43.11", 2_900_000, 900_000, "License: Apache-2.0", requires: ["urllib3"], requested: false)
        .OwnedFile("python/botocore/data/ec2/2016-11-15/service-2.json.gz", 9_000_000, 8_900_000)
        .OwnedFile("python/botocore/data/s3/2006-03-01/service-2.json.gz", 4_000_000, 3_900_000)
        .OwnedFile("python/botocore/tests/test_session.py", 50_000, 12_000)
        .Package("urllib3", "1.26.20", 390_000, 120_000, "License: MIT", requested: false);
}

using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;
using LayerBuild.Steps.Pack;
using LayerBuild.Steps.Report;
using Microsoft.Playwright;

namespace LayerBuild.Report;

/// <summary>
/// The pictures of docs/report.md, taken of layers of real wheels. They are looked at by people; taken anew with
/// LAYERBUILD_TEST_WHEELS=folder LAYERBUILD_TEST_IMAGES=folder dotnet test --filter ReportImages.
/// </summary>
public sealed class ReportImages(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    private static readonly string[] Requests = ["requests", "certifi", "idna", "charset_normalizer", "urllib3"];
    private static readonly string[] Sdk = ["boto3", "botocore", "s3transfer", "jmespath", "python_dateutil", "six"];

    [RequiresImagesFact]
    public async Task The_report_of_real_layers_in_light_and_dark()
    {
        using var baseline = new TemporaryDirectory();
        File.WriteAllBytes(baseline["web.layer.json"], Layer("web", [.. Requests, "flask", "werkzeug", "jinja2", "markupsafe", "click"]).Manifest.ToJson());
        baseline.Write("code/app.py", new string(' ', 1_234_567));
        LayerReport report = LayerReport.Of(
            [
                Layer("web", [.. Requests, "flask", "werkzeug", "jinja2", "markupsafe", "itsdangerous", "click", "blinker", "pydantic", "pydantic_core"], unzippedBudget: 12_000_000),
                Layer("aws", [.. Sdk, "urllib3", "aws_xray_sdk", "wrapt"]),
                Layer("science", ["sympy", "mpmath", "networkx", "cryptography", "cffi", "regex", "libcst", "pyyaml"]),
            ],
            [
                new LambdaFunctionDeclaration("orders") { Layers = ["web", "aws"], CodeDirectory = baseline["code"] },
                new LambdaFunctionDeclaration("forecast") { Layers = ["aws", "science"], CodeDirectory = baseline["code"] },
            ],
            LayerBaseline.Open(baseline.Path),
            _ => true);
        foreach (ColorScheme scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await using OpenReport open = await browser.OpenAsync(report, scheme, width: 1240, height: 1180);
            await open.Page.ScreenshotAsync(new() { Path = Image($"report-{scheme.ToString().ToLowerInvariant()}.png"), FullPage = scheme == ColorScheme.Light });
        }
    }

    private static string Image(string name) => Path.Combine(RequiresImagesFactAttribute.Folder!, name);

    private static MeasuredContents Layer(string name, string[] wheels, long? unzippedBudget = null)
    {
        using var layer = new LayerFixture("python3.11");
        layer.Layer = layer.Layer with
        {
            Name = LayerName.TryParse(name, out LayerName parsed) ? parsed : default,
            MaxUnzippedSize = unzippedBudget is { } bytes ? new ByteSize(bytes) : null,
        };
        foreach (string wheel in wheels)
        {
            layer.Install("python3.11", TestWheels.Find($"{wheel}-*.whl").First(), requested: wheel is not ("urllib3" or "six" or "python_dateutil"));
        }

        layer.Content("python/common.py", "# shared by all functions\n");
        LayerTree tree = layer.Build();
        string zip = layer.Folder["layer.zip"];
        PackedLayer packed = new LayerPacker(new PackOptions(), layer.Log).Pack(tree, zip, zip + ".state", CancellationToken.None);
        LayerMeasurement measured = new LayerMeasure(new MeasureOptions(), new Diagnostics.DiagnosticLog())
            .Measure(layer.Layer, MeasuredTree.Of(new LayerZip(name, layer.Layer.Architectures, tree, zip)), packed);
        return measured.Contents;
    }
}

[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresImagesFactAttribute : FactAttribute
{
    public RequiresImagesFactAttribute()
    {
        Skip = Folder is null ? "LAYERBUILD_TEST_IMAGES names no folder for the pictures."
            : RequiresBrowserFactAttribute.Browser is null ? "There is no chromium on PATH."
            : !TestWheels.All.Any() ? "LAYERBUILD_TEST_WHEELS names no folder of wheels."
            : null;
    }

    public static string? Folder { get; } = Environment.GetEnvironmentVariable("LAYERBUILD_TEST_IMAGES") is { Length: > 0 } folder ? folder : null;
}

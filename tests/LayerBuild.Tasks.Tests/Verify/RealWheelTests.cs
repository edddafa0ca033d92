using LayerBuild.Diagnostics;

namespace LayerBuild.Tests.Verify;

/// <summary>The checks against wheels as projects publish them: a false alarm is a bug.</summary>
public class RealWheelTests
{
    [RequiresWheelsFact]
    public void Real_wheels_for_a_runtime_raise_no_error_on_it()
    {
        var layer = new TestLayer("python3.11");
        layer.Declaration = layer.Declaration with { Imports = ["auto"] };
        // It is true: matplotlib_inline needs a matplotlib that it does not require.
        layer.Declaration = layer.Declaration with { AllowFindings = ["LB3007:matplotlib"] };
        foreach (string wheel in RequiresWheelsFactAttribute.Wheels.Where(w => !Path.GetFileName(w).StartsWith("cryptography-", StringComparison.Ordinal)
            && !Path.GetFileName(w).StartsWith("orjson-", StringComparison.Ordinal)))
        {
            layer.AddWheel(wheel);
        }

        Assert.Empty(layer.Verify().Where(d => d.Severity == Severity.Error).Select(d => $"{d.Code} {d.Message}"));
    }

    [RequiresWheelsFact("cryptography-48*cp311-abi3*x86_64.whl")]
    public void A_wheel_whose_tag_promises_too_much_is_found_out_by_its_files()
    {
        var layer = new TestLayer("python3.11");
        layer.AddWheel(RequiresWheelsFactAttribute.Find("cryptography-48*cp311-abi3*x86_64.whl").Single());

        Diagnostic found = Assert.Single(layer.Verify(), d => d.Severity == Severity.Error);
        Assert.Equal("LB3002", found.Code);
        Assert.Contains("cryptography 48", found.Message);
        Assert.Contains("GLIBC_2.34", found.Message);
    }
}

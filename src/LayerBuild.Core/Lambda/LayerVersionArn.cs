using System.Globalization;

namespace LayerBuild.Lambda;

/// <summary>ARN of a layer version: <c>arn:aws:lambda:eu-west-1:123456789012:layer:requests-layer:8</c>.</summary>
internal sealed record LayerVersionArn(string Partition, string Region, string Account, string Name, long Version)
{
    /// <summary>ARN of the layer, without a version.</summary>
    public string LayerArn => $"arn:{Partition}:lambda:{Region}:{Account}:layer:{Name}";

    public static bool TryParse(string? text, out LayerVersionArn arn)
    {
        arn = null!;
        string[] parts = (text ?? "").Split(':');
        if (parts.Length != 8 || parts[0] != "arn" || !parts[1].StartsWith("aws", StringComparison.Ordinal)
            || parts[2] != "lambda" || parts[5] != "layer" || parts[3].Length == 0 || parts[4].Length == 0
            || !Lambda.LayerName.TryParse(parts[6], out _)
            || !long.TryParse(parts[7], NumberStyles.None, CultureInfo.InvariantCulture, out long version))
        {
            return false;
        }

        arn = new LayerVersionArn(parts[1], parts[3], parts[4], parts[6], version);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{LayerArn}:{Version}");
}

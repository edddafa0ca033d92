using System.Globalization;

namespace LayerBuild.Lambda;

/// <summary>How much a layer may grow: <c>5%</c> of what it was, or a number of bytes.</summary>
internal readonly record struct GrowthLimit
{
    private readonly decimal _percent;
    private readonly long _bytes;

    private GrowthLimit(decimal percent, long bytes)
    {
        _percent = percent;
        _bytes = bytes;
    }

    public static bool TryParse(string? text, out GrowthLimit limit)
    {
        limit = default;
        string trimmed = (text ?? "").Trim();
        if (trimmed.EndsWith('%'))
        {
            bool ok = decimal.TryParse(trimmed[..^1].TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal percent)
                && percent <= 1_000_000;
            limit = new GrowthLimit(percent, 0);
            return ok;
        }

        bool parsed = ByteSize.TryParse(trimmed, out ByteSize size);
        limit = new GrowthLimit(0, size.Bytes);
        return parsed;
    }

    /// <summary>Bytes by which something of <paramref name="before"/> bytes may grow.</summary>
    public long Allowance(long before) => _bytes + (long)Math.Floor(before * _percent / 100);
}

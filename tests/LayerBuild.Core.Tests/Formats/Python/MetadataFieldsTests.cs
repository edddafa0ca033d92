namespace LayerBuild.Formats.Python;

public class MetadataFieldsTests
{
    private static readonly MetadataFields Fields = MetadataFields.Read(
        "\uFEFFName: demo\nversion:  1.0 \nClassifier: A\nSummary:\nClassifier: B\nLicense: first\n  Name: continued\nHome : x\n\nName: description\n");

    [Fact]
    public void Names_are_read_in_any_case_and_values_without_blanks()
    {
        Assert.Equal("demo", Fields.Line("name"));
        Assert.Equal("1.0", Fields.Line("Version"));
        Assert.Equal("x", Fields.Line("Home"));
    }

    [Fact]
    public void A_continued_line_is_no_field_of_its_own_and_the_text_behind_the_header_is_none()
    {
        Assert.Equal(["demo"], Fields.All("Name"));
        Assert.Equal(["first\nName: continued"], Fields.All("License"));
        Assert.Equal("first", Fields.Line("License"));
    }

    [Fact]
    public void A_field_may_be_there_several_times_or_be_empty()
    {
        Assert.Equal(["A", "B"], Fields.All("Classifier"));
        Assert.Equal([""], Fields.All("Summary"));
        Assert.Null(Fields.Line("Summary"));
        Assert.Null(Fields.Line("Author"));
    }
}

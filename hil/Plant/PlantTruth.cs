using Edge.Hil.Oracle;
using Edge.Hil.Scenes;

namespace Edge.Hil.Plant;

/// <summary>The present plant as the scripted expert sees it: objects first, then areas.</summary>
public sealed class PlantTruth(Func<MuJoCoPlant> present) : IPlantTruth
{
    private MuJoCoPlant Plant => present();

    private Scene Scene => Plant.Scene;

    /// <inheritdoc/>
    public int ThingCount => Scene.Objects.Count + Scene.Areas.Count;

    /// <inheritdoc/>
    public int HeldThing => Plant.Held;

    /// <inheritdoc/>
    public double HeldDepthM => Plant.Held < 0 ? 0 : Math.Max(0, Plant.Tool.Z - Plant.ReadObject(Plant.Held).ClearanceM);

    /// <inheritdoc/>
    public double GroundZ(double x, double y) => Scene.Beam?.TopZ(x, y, Plant.BeamRad) ?? 0;

    /// <inheritdoc/>
    public ThingTruth Thing(int index)
    {
        if (index >= Scene.Objects.Count)
        {
            var area = Scene.Areas[index - Scene.Objects.Count];
            return new ThingTruth(area.X, area.Y, 0, area.SideM / 2, false);
        }

        var thing = Scene.Objects[index];
        var state = Plant.ReadObject(index);
        var half = thing.Shape == ObjectShape.Prism ? thing.FootprintRadiusM / 2 : thing.WidthM / 2;
        return new ThingTruth(state.X, state.Y, (2 * state.Z) - state.ClearanceM, half, true, state.YawRad);
    }
}

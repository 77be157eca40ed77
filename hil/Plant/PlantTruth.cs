using Edge.Hil.Oracle;
using Edge.Hil.Scenes;

namespace Edge.Hil.Plant;

/// <summary>A plant as the scripted expert sees it: objects first, then areas.</summary>
public sealed class PlantTruth(MuJoCoPlant plant) : IPlantTruth
{
    private readonly Scene _scene = plant.Scene;

    /// <inheritdoc/>
    public int ThingCount => _scene.Objects.Count + _scene.Areas.Count;

    /// <inheritdoc/>
    public int HeldThing => plant.Held;

    /// <inheritdoc/>
    public double HeldDepthM => plant.Held < 0 ? 0 : Math.Max(0, plant.Tool.Z - plant.ReadObject(plant.Held).ClearanceM);

    /// <inheritdoc/>
    public ThingTruth Thing(int index)
    {
        if (index >= _scene.Objects.Count)
        {
            var area = _scene.Areas[index - _scene.Objects.Count];
            return new ThingTruth(area.X, area.Y, 0, area.SideM / 2, false);
        }

        var thing = _scene.Objects[index];
        var state = plant.ReadObject(index);
        var half = thing.Shape == ObjectShape.Prism ? thing.FootprintRadiusM / 2 : thing.WidthM / 2;
        return new ThingTruth(state.X, state.Y, (2 * state.Z) - state.ClearanceM, half, true);
    }
}

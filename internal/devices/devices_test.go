package devices

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/atriumhub/atrium/internal/hub"
)

func gpus(maker string, ids ...string) (list []hub.Device) {
	for _, id := range ids {
		list = append(list, hub.Device{Kind: "gpu", ID: id, Maker: maker})
	}
	return list
}

func TestProgramsAreToldOfTheirDevicesAlone(t *testing.T) {
	npu := []hub.Device{{Kind: "npu-1", ID: "0", Maker: "none"}}
	tests := []struct {
		name string
		has  []hub.Device // what the machine has
		gets []hub.Device
		want map[string]string
	}{
		{"a machine without", nil, nil, map[string]string{}},
		{"of NVIDIA", gpus(hub.MakerNVIDIA, "GPU-a", "GPU-b", "GPU-c"), gpus(hub.MakerNVIDIA, "GPU-c", "GPU-a"), map[string]string{
			"ATRIUM_DEVICES_GPU": "GPU-c,GPU-a", "CUDA_VISIBLE_DEVICES": "GPU-c,GPU-a", "NVIDIA_VISIBLE_DEVICES": "GPU-c,GPU-a",
			"CUDA_DEVICE_ORDER": "PCI_BUS_ID",
		}},
		{"none of NVIDIA's", gpus(hub.MakerNVIDIA, "GPU-a"), nil, map[string]string{
			"ATRIUM_DEVICES_GPU": "", "CUDA_VISIBLE_DEVICES": "-1", "NVIDIA_VISIBLE_DEVICES": "void", "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
		}},
		{"of AMD, counted among those that are left", gpus(hub.MakerAMD, "0", "1", "2"), gpus(hub.MakerAMD, "1", "2"), map[string]string{
			"ATRIUM_DEVICES_GPU": "1,2", "ROCR_VISIBLE_DEVICES": "1,2", "HIP_VISIBLE_DEVICES": "0,1",
		}},
		{"of nobody knows whom", gpus("", "a", "b"), gpus("", "b"), map[string]string{
			"ATRIUM_DEVICES_GPU": "b", "CUDA_VISIBLE_DEVICES": "b", "NVIDIA_VISIBLE_DEVICES": "b", "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
			"ROCR_VISIBLE_DEVICES": "b", "HIP_VISIBLE_DEVICES": "0",
		}},
		{"none of both makers'", append(gpus(hub.MakerAMD, "0"), npu...), npu, map[string]string{
			"ATRIUM_DEVICES_GPU": "", "ROCR_VISIBLE_DEVICES": "-1", "HIP_VISIBLE_DEVICES": "-1", "ATRIUM_DEVICES_NPU_1": "0",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, (Inventory{List: tt.has}).Environment(tt.gets)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhoWantsTwoIsNotOvertaken(t *testing.T) {
	inv := Inventory{List: append(gpus("", "0", "1"), hub.Device{Kind: "npu", ID: "0"})}
	turns := inv.Turns([]hub.DeviceClaim{{Device: gpus("", "1")[0], ServerID: 9}})
	places := Places{}
	for _, next := range []struct {
		who   string
		wants map[string]int
		may   bool
		place int
	}{
		{"two while one is free", map[string]int{"gpu": 2}, false, 1},
		{"one behind them", map[string]int{"gpu": 1}, false, 2},
		{"none", nil, true, 1},
		{"of another kind", map[string]int{"npu": 1}, true, 1},
		{"of both", map[string]int{"npu": 1, "gpu": 1}, false, 3},
		{"none, again", nil, true, 2},
	} {
		if may, place := turns.Next(next.wants), places.Next(next.wants); may != next.may || place != next.place {
			t.Errorf("%s: %v at place %d, want %v at %d", next.who, may, place, next.may, next.place)
		}
	}
}

func TestWhatIsPickedIsFreeAndEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var inv Inventory
		var taken []hub.DeviceClaim
		free := map[string]int{}
		for i := range rapid.IntRange(0, 8).Draw(t, "devices") {
			d := hub.Device{Kind: rapid.SampledFrom([]string{"gpu", "npu"}).Draw(t, "kind"), ID: string(rune('a' + i))}
			inv.List = append(inv.List, d)
			who := rapid.Int64Range(0, 3).Draw(t, "who has it")
			if who > 0 {
				taken = append(taken, hub.DeviceClaim{Device: d, ServerID: who})
			}
			if who <= 1 {
				free[d.Kind]++
			}
		}
		wants := map[string]int{"gpu": rapid.IntRange(0, 3).Draw(t, "gpu"), "npu": rapid.IntRange(0, 3).Draw(t, "npu")}
		mine, more, enough := inv.Pick(taken, 1, wants)
		if want := free["gpu"] >= wants["gpu"] && free["npu"] >= wants["npu"]; enough != want {
			t.Fatalf("enough is %v: %v of %v", enough, wants, free)
		}
		got := map[string]int{"gpu": 0, "npu": 0}
		for _, d := range append(mine, more...) {
			got[d.Kind]++
			for _, c := range taken {
				if c.Device == d && c.ServerID != 1 {
					t.Fatalf("%v is somebody else's", d)
				}
			}
		}
		if enough && !cmp.Equal(got, wants) {
			t.Fatalf("picked %v, want %v", got, wants)
		}
	})
}
